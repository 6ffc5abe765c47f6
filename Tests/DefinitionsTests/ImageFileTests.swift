import Definitions
import SessionModel
import Testing

/// What is said about image recipes that are wrong, word for word.
@Suite struct ImageFileTests {
    @Test("A recipe with every field is read as it is written, with the folder it is in")
    func wholeRecipe() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "debian-13/setup.sh")
        try folder.write("", to: "debian-13/more/last.sh")
        try folder.write("", to: "debian-13/files/etc/motd")
        let recipe = try DefinitionLoader.loadImageRecipe(at: folder.write(Samples.image, to: "debian-13/image.yaml"))
        let expected = ImageRecipe(
            id: ImageID(unchecked: "debian-13"),
            title: LocalizedText(["en": "Debian 13"]),
            suite: "trixie",
            packages: ["systemd", "libstdc++6"],
            files: "files",
            setup: ["setup.sh", "more/last.sh"],
            diskSize: .gibibytes(4),
            kernel: "boot/vmlinuz",
            initrd: "boot/initrd.img",
            commandLine: "root=/dev/vda ro console=ttyS0 quiet",
            console: .serialShell,
            folder: "\(folder.path)/debian-13",
        )
        #expect(recipe == expected)
    }

    @Test("A recipe may leave out files, set-up scripts and the initial RAM disk")
    func shortRecipe() throws {
        let folder = try TemporaryFolder()
        let text = """
            apiVersion: sandglass/v1
            kind: Image
            id: tiny
            title: {en: Tiny}
            build: {suite: bookworm, packages: [systemd]}
            disk: {size: 1G}
            boot: {kernel: vmlinuz, commandLine: root=/dev/vda}
            console: serialLogin
            """
        let recipe = try DefinitionLoader.loadImageRecipe(at: folder.write(text, to: "tiny/image.yaml"))
        #expect(recipe.files == nil)
        #expect(recipe.setup == [])
        #expect(recipe.initrd == nil)
        #expect(recipe.console == .serialLogin)
    }

    @Test("A recipe that names files which are not beside it is refused where it names them")
    func missingFiles() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "debian-13/files")
        try folder.write("", to: "debian-13/setup.sh")
        let path = try folder.write(Samples.image, to: "debian-13/image.yaml")
        let errors = try #require(throws: DefinitionErrors.self) { try DefinitionLoader.loadImageRecipe(at: path) }
        #expect(
            errors.diagnostics.map(\.description) == [
                "\(path):8:10: build.files: there is no folder \"files\" beside this file",
                "\(path):9:21: build.setup[1]: there is no file \"more/last.sh\" beside this file",
            ]
        )
    }

    @Test("Every mistake in a recipe is reported where it is, with what was expected", arguments: Self.mistakes)
    func mistake(_ mistake: Mistake) throws {
        let text = try mistake.text(of: Samples.image)
        let found = DefinitionLoader.check(.image, file: "debian-13/image.yaml", text: text)
        #expect(found.map(\.description) == mistake.expected.map { "debian-13/image.yaml:\($0)" })
    }

    private static let path = "a path such as files/setup.sh, without a leading slash, \".\" or \"..\""

    static let mistakes = [
        Mistake(
            "files: files",
            "files: ../etc",
            "8:10: build.files: \"../etc\" is not a path below the folder: expected \(path)",
        ),
        Mistake(
            "[setup.sh,",
            "[/setup.sh,",
            "9:11: build.setup[0]: \"/setup.sh\" is not a path below the folder: expected \(path)",
        ),
        Mistake(
            "[setup.sh,",
            "[a//b,",
            "9:11: build.setup[0]: \"a//b\" is not a path below the folder: expected \(path)",
        ),
        Mistake(
            "[systemd,",
            "[--hook=x,",
            "7:14: build.packages[0]: \"--hook=x\" is not a package: expected a package such as nginx, or nginx=1.26.3-3 in that version alone",
        ),
        Mistake("[systemd, libstdc++6]", "[]", "7:13: build.packages: is a list of 0: expected 1 to 1000 items"),
        Mistake(
            "[systemd, libstdc++6]",
            "[vim, vim=2.0]",
            "7:19: build.packages[1]: is in the list twice",
        ),
        Mistake("[systemd, libstdc++6]", "[vim, vim]", "7:19: build.packages[1]: is in the list twice"),
        Mistake(
            "suite: trixie",
            "suite: 13",
            "6:10: build.suite: is the number 13: expected a Debian release such as trixie;"
                + " if it is meant, put it in quotation marks",
        ),
        Mistake("disk: {size: 4G}", "disk: 4G", "10:7: disk: is \"4G\": expected a group with the key size"),
        Mistake(
            "console: serialShell",
            "console: graphics",
            "15:10: console: is \"graphics\": expected one of \"serialShell\", \"serialLogin\"",
        ),
        Mistake("  kernel: boot/vmlinuz\n", "", "11:1: boot.kernel: is missing: expected \(path)"),
    ]
}
