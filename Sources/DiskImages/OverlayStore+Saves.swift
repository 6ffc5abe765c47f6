package import SessionModel

// A saved state is written by an emulator in its own folder, as `saved.part`. Sealing moves it out of the emulator's
// reach, as `saved.sealing`, and calls it `saved.state` once everything the machine needs is durable.

extension OverlayStore {
    /// Makes the empty file a machine's saved state goes to, replacing one that was not sealed; a sealed one stays until
    /// the new one is.
    ///
    /// - Throws: ``Failure`` with `notFound` when the machine has no folder, or `storage`.
    package func prepareSave(of machine: Machine) async throws {
        try await withMark(of: machine.id) { mark in
            let path = layout.unsealedState(of: machine.id)
            try FileTree.removeFile(layout.sealingState(of: machine.id))
            try FileTree.removeFile(path)
            try OpenFile(creating: path, mode: 0o600)
                .own(FileOwner(user: mark.userID, group: groupID), mode: 0o600)
        }
    }

    /// Makes a saved state durable, with the disk it goes with; from then on its emulator can only read it.
    ///
    /// The machine must stand still. Does nothing when that was done.
    ///
    /// - Throws: ``Failure`` with `notFound` when the machine has no folder or was not saved, or `storage`, also when
    ///   something else than a saved state is in its place.
    package func sealSave(of id: MachineID) async throws {
        try await withMark(of: id) { mark in
            let (part, sealing, sealed) = (
                layout.unsealedState(of: id), layout.sealingState(of: id), layout.savedState(of: id),
            )
            if FileTree.exists(part) { try FileTree.move(part, to: sealing) }
            guard FileTree.exists(sealing) else {
                if FileTree.exists(sealed) { return }
                throw Failure(.notFound, "machine \(id) was not saved")
            }
            guard FileTree.isOnlyNameOfFile(sealing) else {
                throw Failure(
                    .storage,
                    "what machine \(id) was saved as is no file, or has a second name; save it again",
                )
            }
            do {
                let file = try OpenFile(reading: sealing)
                guard try file.stamp().size > 0 else {
                    throw Failure(.storage, "machine \(id) was saved as an empty file; save it again")
                }
                try file.own(FileOwner(user: mark.userID, group: groupID), mode: 0o400)
            }
            // Nothing of a running machine but its mark was made durable before.
            let others = [layout.vars(of: id), layout.forkMemory(of: id)].filter(FileTree.exists)
            for path in [sealing, layout.disk(of: id)] + others { try await FileTree.syncLarge(path) }
            try FileTree.sync(layout.mark(of: id))
            try FileTree.sync(layout.folder(of: id))
            try FileTree.move(sealing, to: sealed)
            try FileTree.sync(layout.machines)
        }
    }

    /// Removes a saved state, sealed or not, durably: a state that came back after a failure of power would no longer go
    /// with the disk.
    ///
    /// - Throws: ``Failure`` with `storage`.
    package func removeSave(of id: MachineID) async throws {
        await turns.enter(id)
        defer { turns.leave(id) }
        guard FileTree.exists(layout.home(of: id)) else { return }
        _ = try mark(of: id)
        for path in [layout.savedState(of: id), layout.sealingState(of: id), layout.unsealedState(of: id)] {
            try FileTree.removeFile(path)
        }
        try FileTree.sync(layout.home(of: id))
    }

    private func withMark(of id: MachineID, _ body: (MachineMark) async throws -> Void) async throws {
        await turns.enter(id)
        defer { turns.leave(id) }
        guard FileTree.exists(layout.home(of: id)) else { throw Failure(.notFound, "machine \(id) has no folder") }
        try await body(try mark(of: id))
    }
}
