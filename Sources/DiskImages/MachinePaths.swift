package import SessionModel

/// Where the files are that a machine's emulator opens.
package struct MachinePaths: Sendable, Equatable {
    /// The machine's own folder (mode 0700 of its user id), for sockets too.
    package var folder: String
    /// The machine's overlay, read and written.
    package var overlay: String
    /// The disks below the overlay, uppermost first; read only.
    package var backing: [String]
    /// The disk that a grader looks at, read and written, and those below it; empty for all others.
    package var examined: [String]
    /// The kernel to load; `nil` when the disk boots by itself.
    package var kernel: String?
    /// The initial RAM disk to load.
    package var initrd: String?
    /// A CD to attach read-only for the first boot.
    package var seed: String?
    /// The machine's own copy of the UEFI variables, read and written.
    package var vars: String?
    /// What its memory is.
    package var memory: Memory
    /// The file that its saved state is written to.
    package var unsealedState: String
    /// The file that it is restored from.
    package var savedState: String

    /// Bundles paths.
    package init(
        folder: String,
        overlay: String,
        backing: [String],
        examined: [String] = [],
        kernel: String? = nil,
        initrd: String? = nil,
        seed: String? = nil,
        vars: String? = nil,
        memory: Memory = .anonymous,
        unsealedState: String,
        savedState: String,
    ) {
        self.folder = folder
        self.overlay = overlay
        self.backing = backing
        self.examined = examined
        self.kernel = kernel
        self.initrd = initrd
        self.seed = seed
        self.vars = vars
        self.memory = memory
        self.unsealedState = unsealedState
        self.savedState = savedState
    }

    /// What a machine's memory is.
    package enum Memory: Sendable, Equatable {
        /// No file.
        case anonymous
        /// A file that is written through, and a file for the state of the devices; both are there and writable.
        case template(memory: String, state: String)
        /// A file that is only read, and the state of the devices to begin with.
        case fork(memory: String, state: String)
    }
}

extension DiskLayout {
    /// Everything an emulator needs to open for a machine that stands on the image.
    ///
    /// - Throws: ``Failure`` with `storage` when what a copy of a disk stands on cannot be read.
    package func files(of machine: Machine, on image: Image) throws -> MachinePaths {
        func path(_ file: ImageFile) -> String? {
            image.sha256[file.rawValue] == nil ? nil : self.file(file, of: image.id)
        }
        let id = machine.id
        var paths = MachinePaths(
            folder: folder(of: id),
            overlay: disk(of: id),
            backing: [file(.disk, of: image.id)],
            kernel: path(.kernel),
            initrd: path(.initrd),
            seed: path(.seed),
            vars: path(.vars) == nil ? nil : vars(of: id),
            unsealedState: unsealedState(of: id),
            savedState: savedState(of: id),
        )
        if machine.role == .template {
            paths.memory = .template(memory: templateMemory(of: id), state: templateState(of: id))
        } else if let fork = machine.standingFork {
            paths.backing.insert(disk(of: fork.snapshot), at: 0)
            paths.memory = .fork(memory: memory(of: fork, for: id), state: state(of: fork.snapshot))
        }
        switch machine.role {
        case .restarted: paths.backing = try chain(from: copy(for: id))
        case .grader: paths.examined = [examinedDisk(of: id)] + (try chain(from: copy(for: id)))
        case .member, .spare, .template, .discarded: break
        }
        return paths
    }

    /// A copy and all it stands on, by what they say themselves: the copy was looked at, the others are root's.
    private func chain(from copy: String) throws -> [String] {
        var chain = [copy]
        while let last = chain.last, chain.count < 8,
            let next = try QCOW2Header(of: SourceFile(OpenFile(reading: last))).backingFile
        {
            chain.append(next)
        }
        return chain
    }

    private func memory(of fork: Fork, for machine: MachineID) -> String {
        switch fork.memory {
        case .lab: memory(of: fork.snapshot)
        case .cohort(let cohort): memory(of: fork.snapshot, cohort: cohort)
        case .machine: forkMemory(of: machine)
        }
    }
}

extension Machine {
    /// The fork whose snapshot its disk stands on; a template stands on its image.
    var standingFork: Fork? { role == .template ? nil : fork }
}
