import SessionModel

/// What an image recipe says.
enum ImageRecipeSchema {
    /// The file; the recipe's folder is left empty, as it is not the text's to say.
    static let file = Schema<ImageRecipe>.object(
        [header.apiVersion, header.kind, id, title, build, disk, boot, console]
    ) { object throws(ObjectReading.Incomplete) in
        let build = try object.value(build)
        let boot = try object.value(boot)
        return ImageRecipe(
            id: try object.value(id),
            title: try object.value(title),
            suite: build.suite,
            packages: build.packages,
            files: build.files,
            setup: build.setup,
            hasAgent: build.agent,
            diskSize: try object.value(disk),
            kernel: boot.kernel,
            initrd: boot.initrd,
            commandLine: boot.commandLine,
            console: try object.value(console),
            folder: "",
        )
    }

    private static let header = DefinitionHeader(.image)
    private static let id = Field("id", Schema<ImageID>.id, "The image's name; its folder is called by it.")
    private static let title = Field("title", Schema.title, "What people read.")
    private static let build = Field(
        "build",
        Schema<Build>.object([suite, packages, files, setup, agent]) { object throws(ObjectReading.Incomplete) in
            Build(
                suite: try object.value(suite),
                packages: try object.value(packages),
                files: try object.value(files),
                setup: try object.value(setup),
                agent: try object.value(agent),
            )
        },
        "What it is built of.",
    )
    private static let suite = Field(
        "suite",
        .word("a Debian release", marks: "-", example: "trixie"),
        "The Debian release, by code name. Where it comes from is taken from the host's own package sources.",
    )
    private static let packages = Field(
        "packages",
        Schema<[String]>.packages(count: 1...1000),
        "Packages added to the smallest system.",
    )
    private static let files = Field(
        optional: "files",
        .pathBelow,
        "Folder beside this file that is copied into the root, owned by root; none when absent.",
    )
    private static let setup = Field<[String]>(
        "setup",
        Schema<[String]>.list(of: .pathBelow, count: 0...100),
        default: [],
        "Scripts beside this file that are run on the host, in order, with the root's path as their argument.",
    )
    private static let agent = Field(
        "agent",
        Schema<Bool>.boolean,
        default: true,
        "Whether the guest agent is put into it, which needs systemd there.",
    )
    private static let disk = Field(
        "disk",
        Schema<ByteCount>.object([size]) { object throws(ObjectReading.Incomplete) in try object.value(size) },
        "Its disk: one ext4 file system without a partition table.",
    )
    private static let size = Field(
        "size",
        .size(in: ByteCount.mebibytes(64)...MachineLimits.disk.upperBound),
        "The size a guest sees.",
    )
    private static let boot = Field(
        "boot",
        Schema<Boot>.object([kernel, initrd, commandLine]) { object throws(ObjectReading.Incomplete) in
            Boot(
                kernel: try object.value(kernel),
                initrd: try object.value(initrd),
                commandLine: try object.value(commandLine),
            )
        },
        "How it is booted: the emulator loads the kernel.",
    )
    private static let kernel = Field("kernel", .pathBelow, "The kernel, as a path inside the finished root.")
    private static let initrd = Field(
        optional: "initrd",
        .pathBelow,
        "The initial RAM disk, as a path inside the finished root; none when absent.",
    )
    private static let commandLine = Field("commandLine", .line(longest: 2000), "What the kernel is told.")
    private static let console = Field(
        "console",
        Schema<Image.Console>.choice([.serialShell, .serialLogin]),
        "How a person reaches it: serialShell logs in by itself, serialLogin asks.",
    )

    /// The part `build`.
    private struct Build {
        let suite: String
        let packages: [String]
        let files: String?
        let setup: [String]
        let agent: Bool
    }

    /// The part `boot`.
    private struct Boot {
        let kernel: String
        let initrd: String?
        let commandLine: String
    }
}
