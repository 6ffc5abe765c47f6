import Logging
import SessionModel

/// Makes machines of copies of other machines' disks, and removes them: graders, which look at a copy, and restarted
/// ones, which are booted from one.
///
/// Nobody is ever let into either. They are gone when whoever asked for them is done; should the daemon die before, they
/// are leftovers.
struct CopyMachines: Sendable {
    /// How long to wait for room on the host.
    static let patience: Duration = .seconds(600)
    /// How long one may take to answer: under emulation, beside others, a boot takes a while.
    static let limit: Duration = .seconds(180)

    let ports: EnginePorts
    let directory: SessionDirectory
    let saga: MachineSaga
    let scripts: LabScripts
    let warm: WarmKeeper?
    let desk: AdmissionDesk
    /// For all that is forked.
    let lanes: Lanes
    /// For all that is booted, which takes a whole processor under emulation.
    let boots: Lanes
    let time: ServiceTime
    let logger: Logger

    /// A machine, and why the disk that it has a copy of was not at rest when it was copied; `nil` when it was.
    struct Made: Sendable {
        let machine: Machine
        let unrest: String?
    }

    /// Makes a machine of a copy of another one's disk.
    ///
    /// - Parameters:
    ///   - role: A grader or a restarted machine.
    ///   - original: The machine whose disk it is.
    ///   - source: Where the disk is.
    ///   - turns: For the making, if others are to be let on with theirs before; waiting for room takes none.
    /// - Returns: The machine, with its copy mounted at ``folder`` if it is a grader; ``remove(_:)`` it.
    /// - Throws: ``Failure``, `noCapacity` when the host has no room for it; or `CancellationError`. Nothing is left then.
    func make(
        _ role: Machine.Role,
        of original: Machine,
        from source: DiskSource,
        in turns: Lanes? = nil,
    ) async throws -> Made {
        var generator = SystemRandomNumberGenerator()
        let image = original.specification.image
        let machine = Machine(
            id: MachineID(using: &generator),
            session: nil,
            role: role,
            name: role == .grader ? image.name : original.name,
            specification: role == .grader ? .grader(of: image) : original.specification,
        )
        directory.hold(machine.id)
        var end: Duration?
        do {
            while true {
                let attempt: @Sendable () async throws -> Made? = { [machine] in
                    guard try await desk.hasRoomForGrading(machine.specification) else { return nil }
                    return try await makeNow(machine, from: source)
                }
                let made = if let turns { try await turns.run(attempt) } else { try await attempt() }
                if let made { return made }
                // From when on there was no room: until then others were let on with theirs.
                end = end ?? time.monotonic(after: Self.patience)
                guard let end, time.monotonic(after: .zero) < end else {
                    throw Failure(
                        .noCapacity,
                        "the host has had no room for another machine for \(Self.patience.shortText)",
                    )
                }
                try await time.sleep(for: .seconds(1))
            }
        } catch {
            await remove(machine)
            throw error
        }
    }

    private func makeNow(_ machine: Machine, from source: DiskSource) async throws -> Made {
        let unrest = try await copy(source, for: machine.id)
        try await ports.store.createUnowned(machine)
        let made = machine.role == .grader ? try await makeGrader(machine) : try await restart(machine)
        return Made(machine: made, unrest: unrest)
    }

    /// Removes a machine and its copy, in a task of its own because a cancelled one must clean up too.
    func remove(_ machine: Machine) async {
        let removal = Task {
            defer { directory.letGo(machine.id) }
            await ports.agents.forget(machine.id)
            try await saga.undo(machine, keepingDisk: false)
            try await ports.store.removeUnowned(machine.id)
            try await ports.disks.removeCopy(for: machine.id)
        }
        if case .failure(let error) = await removal.result {
            // Held by nobody now, it is a leftover that the reconciler removes; its copy goes at the next start.
            logger.error(
                "A machine made of a copy stays behind",
                metadata: ["vm.id": "\(machine.id)", "error": "\(error)"],
            )
        }
    }

    /// Copies a disk: that of a session's machine in turn with whatever else is done to the machine.
    ///
    /// - Returns: Why it was not at rest; `nil` when it was.
    private func copy(_ source: DiskSource, for id: MachineID) async throws -> String? {
        switch source {
        case .evidence:
            try await ports.disks.copyDisk(of: source, for: id)
            return nil
        case .machine(let original):
            if let runner = directory.runner(of: original) { return try await runner.copyDisk(of: original, for: id) }
            guard directory.held.contains(original) else {
                throw Failure(.notFound, "machine \(original) belongs to no session that is served")
            }
            return try await DiskCopy.make(of: original, for: id, ports)
        }
    }

    private func restart(_ machine: Machine) async throws -> Machine {
        try await boots.run {
            try await directory.watching(machine) {
                try await saga.make(machine, answeringWithin: Self.limit)
                let wait = LabScript(on: machine.name, .command(Self.waiting), limit: Self.limit)
                // One whose services have failed is as it is; that is for the checks to find.
                _ = try await scripts.execute(wait, in: machine, knowing: [:], keeping: 0)
            }
        }
        return machine
    }

    private func makeGrader(_ machine: Machine) async throws -> Machine {
        var machine = machine
        if let fork = await warm?.fork(forGrader: machine) {
            machine.fork = fork
            try await ports.store.setFork(fork, of: machine.id)
            do {
                try await lanes.run { [machine] in
                    try await directory.watching(machine) {
                        try await saga.make(machine, answeringWithin: MachineProvider.warmLimit)
                    }
                }
                await warm?.loaded(fork.snapshot)
            } catch {
                try Task.checkCancellation()
                logger.warning(
                    "A grader could not be forked",
                    metadata: ["vm.id": "\(machine.id)", "error": "\(error)"],
                )
                await warm?.failed(fork.snapshot, with: error)
                try await saga.undo(machine, keepingDisk: false)
                machine.fork = nil
                try await ports.store.setFork(nil, of: machine.id)
            }
        }
        if machine.fork == nil {
            try await boots.run { [machine] in
                try await directory.watching(machine) { try await saga.make(machine, answeringWithin: Self.limit) }
            }
        }
        return try await lookingAtItsCopy(machine)
    }

    private func lookingAtItsCopy(_ grader: Machine) async throws -> Machine {
        try await ports.hypervisor.plugCopy(into: grader)
        let mount = LabScript(on: grader.name, .command(Self.mounting), limit: .seconds(60))
        let (end, said) = try await scripts.execute(mount, in: grader, knowing: [:], keeping: LabScripts.told)
        guard end == .exited(0) else {
            let words = PlainOutput.line(said)
            throw Failure(.scriptFailed, "the copy of the disk cannot be read: \(words.isEmpty ? "\(end)" : words)")
        }
        return grader
    }

    /// Where a grader has the disk that it looks at.
    static let folder = "/mnt/disk"

    private static let waiting = "systemctl is-system-running --wait || true"

    /// Waits for the disk and mounts it, or the first of its partitions that a system is on.
    ///
    /// Read-only, which still replays a journal: there is an overlay below. Links lead nowhere, because a link could lead to
    /// what the grader itself is told; and nothing on it can be run.
    private static let mounting = """
        find_disk() {
            for disk in /sys/block/*; do
                [ "$(cat "$disk/serial" 2>/dev/null)" = \(GraderDisk.serial) ] && basename "$disk" && return
            done
            return 1
        }
        tries=0
        until disk=$(find_disk) && [ -b "/dev/$disk" ]; do
            tries=$((tries + 1))
            [ "$tries" -lt 300 ] || { echo "the disk does not appear in the grader"; exit 3; }
            sleep 0.1
        done
        mkdir -p \(folder)
        mount_system() {
            for device in "/dev/$disk" "/dev/$disk"[0-9]*; do
                [ -b "$device" ] || continue
                type=$(blkid -o value -s TYPE "$device")
                options=ro,nosuid,nodev,noexec,nosymfollow
                # Whoever has made the disk does not decide what becomes of the grader.
                case $type in
                ext4) options=$options,errors=remount-ro ;;
                xfs) options=$options,nouuid ;;
                ext2 | ext3 | btrfs) ;;
                *) continue ;;
                esac
                mount -t "$type" -o "$options" "$device" \(folder) || continue
                [ -d \(folder)/etc ] && return
                umount \(folder)
            done 2>&1
            return 1
        }
        # A disk without partitions is complete as soon as it is there; those of another one may follow.
        mount_system || { udevadm settle --timeout=5 2>/dev/null; mount_system; } && exit 0
        echo "no system is on it"
        exit 3
        """
}

extension Lab {
    /// What graders of an image's disks are forked from: the image with nothing done to it.
    static func grader(of image: ImageID, policy: PolicyID) -> Lab {
        Lab(
            id: LabID(unchecked: "grader"),
            version: 1,
            title: LocalizedText(["en": "A machine that looks at disks"]),
            policy: policy,
            machines: [MachineShape(name: image.name, image: image)],
        )
    }
}
