import APIClient
import APIContract
import ArgumentParser
import Foundation

extension ImageCommands {
    /// Builds a recipe.
    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build an image from the recipe of that name.",
            discussion: """
                Does nothing when the image was built from the same recipe before. Stopping this command stops the build.

                EXAMPLES:
                  sandglass image build debian-13
                  sandglass image build debian-13 --replace
                """,
        )

        @OptionGroup var target: ImageArgument

        @Flag(help: "Replace an image of that name that was built from another recipe.")
        var replace = false

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await service.connected { client in
                try await ProgressView.show(
                    client.buildImage(target.id, BuildImageRequest(replace: replace)),
                    output,
                ) { "The image \($0.id) is ready." }
            }
        }
    }

    /// Imports a disk.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a disk file of another system into the catalogue.",
            discussion: """
                Takes qcow2, raw, vmdk (VMware), vhdx and vhd (Hyper-V), vdi (VirtualBox) and ova. The file is read by the \
                daemon, so it must lie on its host. It is converted, booted once to see whether it has a console, and \
                copied: the file itself may be removed afterwards. Disks that refer to other files are refused.

                EXAMPLES:
                  sandglass image import web-server web-server.ova
                  sandglass image import debian-cloud debian.qcow2 --cloud-seed --sha256 9f86d081884c7d65…
                """,
        )

        @Argument(help: ArgumentHelp("The name it gets: lower-case letters, digits and dashes.", valueName: "image"))
        var id: String

        @Argument(help: ArgumentHelp("The file to import.", valueName: "file"), completion: .file())
        var path: String

        @Option(
            name: .customLong("sha256"),
            help: ArgumentHelp("SHA-256 that the file must have.", valueName: "digest"),
        )
        var sha256: String?

        @Option(
            help: ArgumentHelp(
                "qcow2, raw, vmdk, vhdx, vhd, vdi or ova; told from the file unless it is raw.",
                valueName: "format",
            ),
            completion: .list(["qcow2", "raw", "vmdk", "vhdx", "vhd", "vdi", "ova"]),
        )
        var format: String?

        @Option(
            help: ArgumentHelp("auto, bios or uefi (default: auto).", valueName: "firmware"),
            completion: .list(["auto", "bios", "uefi"]),
        )
        var firmware: String?

        @Option(
            help: ArgumentHelp("How the disk is attached: virtio or sata (default: virtio).", valueName: "bus"),
            completion: .list(["virtio", "sata"]),
        )
        var diskBus: String?

        @Option(
            name: .customLong("nic"),
            help: ArgumentHelp(
                "Which network card its system knows: virtio or e1000e (default: virtio).",
                valueName: "model",
            ),
            completion: .list(["virtio", "e1000e"]),
        )
        var nicModel: String?

        @Flag(help: "Make a NoCloud seed for it, as Linux cloud images need it.")
        var cloudSeed = false

        @Option(help: ArgumentHelp("Its title (default: the file's name).", valueName: "title"))
        var title: String?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            try NameArgument.check(id)
            guard !path.isEmpty else { throw ValidationError("the file's path must not be empty") }
        }

        func run() async throws {
            let request = ImportImageRequest(
                path: URL(fileURLWithPath: path).standardizedFileURL.path,
                sha256: sha256,
                format: format,
                firmware: firmware,
                diskBus: diskBus,
                nicModel: nicModel,
                cloudSeed: cloudSeed ? true : nil,
                title: title,
            )
            try await service.connected { client in
                try await ProgressView.show(client.importImage(id, request), output) { image in
                    "The image \(image.id) is in the catalogue: \(image.health)."
                }
            }
        }
    }

    /// Verifies an image.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare an image with the digests recorded when it was made.",
            discussion: """
                An image that differs is out of service from then on. Exit code 1 when the image cannot be used.

                EXAMPLE:
                  sandglass image verify debian-13
                """,
        )

        @OptionGroup var target: ImageArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await service.connected { client in
                try await ProgressView.show(client.verifyImage(target.id), output) { image in
                    guard image.health == "usable" else {
                        throw CommandFailure(.negative, "the image \(image.id) is \(image.health)")
                    }
                    return "The image \(image.id) is as it was made."
                }
            }
        }
    }
}
