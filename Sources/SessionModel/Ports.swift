// What the engine needs of the outside. Ports carry identifiers, specifications and byte streams, never host paths or
// sockets: another engine must be able to implement them. Every verb is safe to repeat. All of them throw ``Failure``.

/// Runs machines.
package protocol Hypervisor: Sendable {
    /// How guests' processors are provided. Found out by running something, not by looking for a device.
    var acceleration: Acceleration { get }

    /// Lets a machine run whose disk exists: boots it, or forks it from its snapshot; one that is there already is
    /// resumed if it stands still, and marked as its session's if it was a spare.
    ///
    /// - Throws: ``Failure``, `snapshotUnusable` when the snapshot it is forked from could not be loaded, `guestSilent` when
    ///   it is not known why it was not.
    func start(_ machine: Machine) async throws
    /// Stops a machine's processors. Does nothing when they stand still.
    func suspend(_ id: MachineID) async throws
    /// Lets a machine's processors go on. Does nothing when they run.
    func resume(_ id: MachineID) async throws
    /// Ends a machine at once. An absent machine is a success.
    func destroy(_ id: MachineID) async throws
    /// Freezes a template: stops its processors, writes the state of its devices beside its memory and ends it. What
    /// it leaves is taken by ``SnapshotStore/publish(_:from:)``. Does nothing when that was done.
    func freeze(_ id: MachineID) async throws
    /// Stops a machine's processors and writes everything it is into the file that ``DiskStore/prepareSave(of:)`` made.
    /// It stands still afterwards; whoever has made the file durable ends it.
    func save(_ id: MachineID) async throws
    /// Makes a saved machine again as it was saved. It stands still, so that the saved state can be removed before the
    /// machine leaves it behind; ``resume(_:)`` lets it go on. Does nothing when it is there already.
    func restore(_ machine: Machine) async throws
    /// Plugs the copy of a disk that a grader was given into it, while it runs. Does nothing when it is plugged in.
    ///
    /// Its guest finds a disk with the serial number ``GraderDisk/serial``; what it writes there goes nowhere.
    func plugCopy(into grader: Machine) async throws
    /// What a saved state of a machine depends on, on this host, by name: accelerator, versions of the emulator, of
    /// libvirt and of the machine type, the processor.
    func stateDependencies() async throws -> [String: String]
    /// All machines on the host that carry our mark, and no others.
    func observe() async throws -> [ObservedMachine]
    /// Machines that went away without ``destroy(_:)``, from the time of the call on. Only an optimisation over
    /// ``observe()``: the newest 1,024 unread are kept.
    func exits() async -> AsyncStream<(MachineID, MachineExit)>
}

/// A machine that was found on the host.
package struct ObservedMachine: Sendable, Equatable {
    /// Which.
    package let id: MachineID
    /// The session named in its mark; `nil` for a spare.
    package let session: SessionID?
    /// What it does.
    package let activity: Activity

    /// Makes an observation.
    package init(id: MachineID, session: SessionID?, activity: Activity) {
        self.id = id
        self.session = session
        self.activity = activity
    }

    /// What a machine does.
    package enum Activity: String, Sendable, CaseIterable {
        /// Its processors run.
        case running
        /// Its processors stand still.
        case suspended
        /// It is there but will not run again by itself.
        case stopped
    }
}

/// Connects to machines' serial consoles.
package protocol ConsoleConnector: Sendable {
    /// Runs `body` with a machine's console; the connection is closed when it returns. One connection at a time.
    func withConsole(
        _ id: MachineID,
        _ body: @Sendable (_ connection: ConsoleConnection) async throws -> Void,
    ) async throws
}

/// Both directions of a console.
package struct ConsoleConnection: Sendable {
    /// What the guest writes; ends when the console is gone.
    ///
    /// Reading slowly slows the guest, it does not fill memory.
    package let output: AsyncThrowingStream<[UInt8], any Error>
    /// Writes to the guest, waiting while it does not read.
    package let write: @Sendable ([UInt8]) async throws -> Void

    /// Makes a connection from its directions.
    package init(
        output: AsyncThrowingStream<[UInt8], any Error>,
        write: @escaping @Sendable ([UInt8]) async throws -> Void,
    ) {
        self.output = output
        self.write = write
    }
}

/// Keeps machines' disks.
package protocol DiskStore: Sendable {
    /// Makes a machine's folder and its overlay on the image, or on the snapshot it is forked from, readable by the
    /// machine's ``Machine/userID`` alone; for a template the files its memory and state go to as well, for a fork that
    /// shares with nobody its own copy of the memory.
    ///
    /// Does nothing when they exist, except that a spare's become its session's.
    func makeDisk(for machine: Machine) async throws
    /// Removes a machine's folder and all in it. An absent one is a success.
    func removeDisk(of id: MachineID) async throws
    /// Moves a machine's disk into the evidence of its session. Does nothing when that was done.
    ///
    /// - Returns: Why what is kept is not the disk the machine was given; `nil` when it is.
    @discardableResult
    func keepDisk(of id: MachineID, session: SessionID) async throws -> String?
    /// Sessions of which disks are kept.
    func sessionsWithKeptDisks() async throws -> [SessionID]
    /// Removes the disks that are kept of a session. None is a success.
    ///
    /// - Throws: ``Failure``, `storage` when one of them is not known as a disk of that session: then it is left.
    func removeKeptDisks(of session: SessionID) async throws
    /// Copies a disk as it is, for a grader or a restarted machine; replaces an earlier copy for the same one.
    ///
    /// A machine whose disk it is must stand still meanwhile.
    ///
    /// - Throws: ``Failure``, `notFound` when there is no such disk, `conflict` when it is not what it was made as.
    func copyDisk(of source: DiskSource, for machine: MachineID) async throws
    /// Removes the copy that a machine was given, once it is gone. An absent one is a success.
    func removeCopy(for machine: MachineID) async throws
    /// Makes the empty file a machine's saved state goes to, replacing one that was not sealed.
    func prepareSave(of machine: Machine) async throws
    /// Makes a saved state durable: from now on the machine can be restored, also after the host was switched off.
    func sealSave(of id: MachineID) async throws
    /// Removes a saved state. An absent one is a success.
    func removeSave(of id: MachineID) async throws
    /// The machines that have a folder carrying our mark.
    func observeDisks() async throws -> [ObservedDisk]
}

/// A disk that can be copied.
package enum DiskSource: Sendable, Equatable {
    /// That of a machine.
    case machine(MachineID)
    /// That which a session has left, of one of its machines.
    case evidence(SessionID, MachineID)
}

/// How a grader's guest tells the disk that it looks at from its own.
package enum GraderDisk {
    /// Its serial number.
    package static let serial = "sandglass-copy"
}

/// A machine's folder that was found.
package struct ObservedDisk: Sendable, Equatable {
    /// Whose.
    package let id: MachineID
    /// Whether there is a sealed saved state in it.
    package let isSaved: Bool

    /// Makes an observation.
    package init(id: MachineID, isSaved: Bool = false) {
        self.id = id
        self.isSaved = isSaved
    }
}

/// Talks to guests as far as a person in front of them could.
package protocol GuestDoor: Sendable {
    /// Returns once a prompt of the machine answers.
    ///
    /// - Throws: ``Failure`` with code `guestSilent` when none did in time.
    func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws
    /// Takes up a machine that runs and has answered before, after a restart of the service.
    func adopt(_ machine: Machine) async
    /// Writes a line into every open terminal of the session.
    func tell(_ session: SessionID, _ notice: Notice) async
    /// Refuses any further input to the session's machines; output goes on.
    func closeInput(of session: SessionID) async
    /// Lets everyone who is at a terminal of one machine find themselves at the same terminal of another, which has
    /// answered, with a fresh screen. The first one is forgotten.
    func moveTerminals(from old: MachineID, to new: Machine) async
    /// Closes every terminal of the machine and forgets it.
    func forget(_ id: MachineID) async
}

/// Measures what the host has.
package protocol HostGauge: Sendable {
    /// What can be given to machines now, and what there is in all.
    func available() async throws -> HostCapacity
}

/// What a host has for machines.
package struct HostCapacity: Sendable, Equatable {
    /// Memory that can be had without swapping.
    package var memory: ByteCount
    /// Space where overlays are kept.
    package var disk: ByteCount
    /// All of the host's memory.
    package var memoryTotal: ByteCount
    /// All of the space of the file system where overlays are kept.
    package var diskTotal: ByteCount

    /// Makes a measurement; without totals, all there is is free.
    package init(memory: ByteCount, disk: ByteCount, memoryTotal: ByteCount? = nil, diskTotal: ByteCount? = nil) {
        self.memory = memory
        self.disk = disk
        self.memoryTotal = memoryTotal ?? memory
        self.diskTotal = diskTotal ?? disk
    }
}

/// Looks up what sessions are started from.
package protocol DefinitionCatalogue: Sendable {
    /// The lab of that name. - Throws: ``Failure`` with `notFound` or `invalidDefinition`.
    func lab(_ id: LabID) async throws -> Lab
    /// The policy of that name. - Throws: ``Failure`` with `notFound` or `invalidDefinition`.
    func policy(_ id: PolicyID) async throws -> Policy
    /// All labs that can be used, by name.
    func labs() async throws -> [Lab]
    /// All policies that can be used, by name.
    func policies() async throws -> [Policy]
}

/// Answers whether an image can carry a session.
package protocol ImageCatalogue: Sendable {
    /// Returns the image's virtual disk size.
    ///
    /// - Throws: ``Failure`` with `notFound` or `imageUnusable`.
    func usableImage(_ id: ImageID) async throws -> ByteCount
    /// What a machine that was booted from the image depends on, by name: digests of its files, its command line.
    ///
    /// - Throws: ``Failure`` with `notFound`.
    func imageFacts(_ id: ImageID) async throws -> [String: String]
}
