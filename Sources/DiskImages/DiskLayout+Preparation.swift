import SessionModel

extension DiskLayout {
    /// Makes the folders that are missing, sets their modes, and removes everything half-made.
    ///
    /// Call it once at start-up, before a store is used, and only where no other service uses the same state folder.
    ///
    /// - Throws: ``Failure`` with code `storage`.
    package func prepare() throws {
        // A machine's emulator passes through the state folder and `machines` to reach its own folder, and reads images and snapshots;
        // neither lets it list what else is there.
        // The state folder itself may be a link to another disk.
        try FileTree.makeFolder(FileTree.exists(state) ? state + "/." : state, mode: 0o711)
        try FileTree.makeFolder(images, mode: 0o755)
        try FileTree.makeFolder(snapshots, mode: 0o755)
        try FileTree.makeFolder(machines, mode: 0o711)
        try FileTree.makeFolder(evidence, mode: 0o700)
        try FileTree.makeFolder(collected, mode: 0o700)
        // While an image is built, packages are fetched there by a user of their own, who must reach the folder.
        try FileTree.makeFolder(temporary, mode: 0o711)
        for name in try FileTree.names(in: temporary) {
            try FileTree.remove("\(temporary)/\(name)")
        }
    }
}
