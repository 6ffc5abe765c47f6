import SessionModel

extension DomainDescription {
    /// How a machine comes to run.
    enum Beginning: Sendable, Equatable {
        /// Its firmware starts it.
        case boot
        /// It waits for a state to be loaded, beside the memory that is in a file.
        case fork
        /// It waits for a state to be loaded that has its memory in it.
        case restore
    }

    /// The name of a guest's memory that is not libvirt's own; a state loads into memory of the same name only.
    private static let memoryName = "sandglass"

    /// What libvirt has no elements for, or none that suits.
    @MarkupBuilder var emulatorArguments: [Markup] {
        let arguments = directBoot + memory + incoming
        if !arguments.isEmpty {
            Markup("qemu:commandline") {
                for argument in arguments { Markup("qemu:arg", ["value": argument]) }
            }
        }
    }

    /// Keeps libvirt from reading some 350 properties of the processor one by one at every start.
    ///
    /// That takes three times as long as everything else. It asks for two that sum them up instead, as it asks emulators
    /// that lack this ability. It reads them to fill in the domain's description, which nothing here looks at.
    var withoutProcessorInventory: Markup {
        Markup("qemu:capabilities") { Markup("qemu:del", ["capability": "cpu-unavailable-features"]) }
    }

    /// Kernel and initrd: as elements of `<os>` libvirt would give these shared files to the machine's user.
    private var directBoot: [String] {
        guard case .kernel(let path, let initrd, let commandLine) = files.boot else { return [] }
        return ["-kernel", path] + (initrd.map { ["-initrd", $0] } ?? []) + ["-append", commandLine]
    }

    /// The guest's memory, in place of the one libvirt makes, which then takes up nothing.
    ///
    /// A restored machine has its own, so that it depends on no snapshot.
    private var memory: [String] {
        let backend: String
        switch (files.memory, beginning) {
        case (.anonymous, _): return []
        case (.template, .restore), (.fork, .restore):
            backend = "memory-backend-ram"
        case (.template(let path, _), .boot), (.template(let path, _), .fork):
            backend = "memory-backend-file,mem-path=\(Self.quoted(path)),share=on"
        case (.fork(let path, _), .boot), (.fork(let path, _), .fork):
            backend = "memory-backend-file,mem-path=\(Self.quoted(path)),share=off,readonly=on,rom=off"
        }
        let size = machine.specification.memory.bytes
        return [
            "-object", "\(backend),id=\(Self.memoryName),size=\(size)", "-machine", "memory-backend=\(Self.memoryName)",
        ]
    }

    /// What is loaded, and how, is said to the running emulator: a capability that a load depends on has no argument.
    private var incoming: [String] { beginning == .boot ? [] : ["-incoming", "defer"] }

    /// A value inside an option whose parts are separated by commas.
    private static func quoted(_ value: String) -> String { value.replacing(",", with: ",,") }
}
