import APIClient
import APIContract
import ArgumentParser

/// Commands about images.
struct ImageCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Build, import, check and remove base images.",
        discussion: """
            An image is the disk that machines stand on. It never changes: sessions write to a copy-on-write overlay of \
            their own.

            EXAMPLES:
              sandglass image build debian-13
              sandglass image import my-appliance disk.vmdk --sha256 9f86d081884c7d65…
              sandglass image list
            """,
        subcommands: [
            Build.self, Import.self, List.self, Show.self, Verify.self, Remove.self, CollectGarbage.self,
        ],
    )

    /// Lists images.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the images.",
            discussion: "EXAMPLE:\n  sandglass image list --json | jq -r '.images[].id'",
        )

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let list = try await service.connected { try await $0.images() }
            if output.json { return try Output.json(list) }
            if list.images.isEmpty { Output.note("No images yet. Build one: sandglass image build debian-13") }
            var table = Table("IMAGE", ">SIZE", ">ON DISK", "BOOTS BY", "MADE", "STATE", "TITLE")
            for image in list.images {
                table.add(
                    image.id,
                    SessionWords.size(mebibytes: image.virtualSizeMiB),
                    "\(image.fileSizeMiB) MiB",
                    image.firmware,
                    TimeText.local(image.createdAt),
                    image.health,
                    image.title,
                )
            }
            if !table.isEmpty { try Output.table(table) }
            Problems.note(list.problems, of: "Image folders that could not be read; they are left alone:")
        }
    }

    /// Shows an image.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one image.",
            discussion: "EXAMPLE:\n  sandglass image show debian-13",
        )

        @OptionGroup var target: ImageArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let image = try await service.connected { try await $0.image(target.id) }
            if output.json { return try Output.json(image) }
            try ImageSheet.print(image)
        }
    }

    /// Removes an image.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove an image.",
            discussion: """
                Refused (exit code 6) while anything stands on it: a session that is not over, or a disk kept as evidence.

                EXAMPLE:
                  sandglass image rm my-appliance
                """,
        )

        @OptionGroup var target: ImageArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await service.connected { try await $0.removeImage(target.id) }
            // The service answers nothing; this is the answer of `gc`.
            if output.json { return try Output.json(ImageGarbageResponse(removed: [target.id])) }
            Output.note("The image \(target.id) is removed.")
        }
    }

    /// Removes leftovers.
    struct CollectGarbage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc",
            abstract: "Remove what interrupted builds and imports left.",
            discussion: """
                That is: half-made images, and imports whose boot test never came to its end. Images that were finished \
                are never touched, usable or not.

                EXAMPLE:
                  sandglass image gc
                """,
        )

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await service.connected { try await $0.collectImageGarbage() }
            if output.json { return try Output.json(answer) }
            for line in answer.removed { try Output.line(PlainText.clean(line)) }
            if answer.removed.isEmpty { Output.note("There was nothing to remove.") }
        }
    }
}

/// Names one image.
struct ImageArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The image.", valueName: "image"), completion: Names.images)
    var id: String

    func validate() throws { try NameArgument.check(id) }
}
