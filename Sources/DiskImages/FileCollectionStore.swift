import Foundation
package import SessionModel

/// Keeps what is collected of sessions as files.
package struct FileCollectionStore: CollectionStore {
    private let layout: DiskLayout

    /// Keeps them in a state folder that was prepared.
    package init(layout: DiskLayout) { self.layout = layout }

    package func keep(
        _ machine: String,
        of session: SessionID,
        fill: (_ write: (_ bytes: [UInt8]) throws -> Void) async throws -> Void,
    ) async throws -> ByteCount {
        let draft = "\(layout.temporary)/collected-\(session)-\(machine).tar"
        do {
            try requireRoom()
            try FileTree.remove(draft)
            let file = try Draft(at: draft)
            try await fill { try file.write($0) }
            let size = try file.seal()
            try FileTree.makeFolder(layout.collected(of: session), mode: 0o700)
            try FileTree.sync(layout.collected)
            try FileTree.move(draft, to: layout.collected(machine, of: session))
            return size
        } catch {
            try? FileTree.remove(draft)  // The error at hand matters more; what is left goes at the next start.
            throw error
        }
    }

    /// Makes sure that an archive leaves the host enough to go on with.
    private func requireRoom() throws {
        let free = try LinuxHostGauge.freeSpace(of: layout.temporary)
        guard LabCollection.limit + Admission.diskReserve <= free else {
            throw Failure(.noCapacity, "\(free.mebibytes) MiB of disk are free, too little to keep files")
        }
    }

    package func sessions() async throws -> [SessionID] {
        try FileTree.names(in: layout.collected).compactMap { SessionID($0) }
    }

    package func remove(_ session: SessionID) async throws { try FileTree.remove(layout.collected(of: session)) }

    package func archives(of session: SessionID) async throws -> [CollectedArchive] {
        let folder = layout.collected(of: session)
        guard FileTree.exists(folder) else { return [] }
        return try FileTree.names(in: folder).sorted().compactMap { name in
            guard name.hasSuffix(Self.suffix) else { return nil }
            let size = try OpenFile(reading: "\(folder)/\(name)").size()
            return CollectedArchive(machine: String(name.dropLast(Self.suffix.count)), size: size)
        }
    }

    package func read(
        _ machine: String,
        of session: SessionID,
        _ count: Int,
        at offset: Int64,
    ) async throws -> [UInt8] {
        // What is asked for is a name that is there, never a path.
        guard try await archives(of: session).contains(where: { $0.machine == machine }) else {
            throw Failure(
                .notFound,
                "nothing was collected of machine \"\(machine.prefix(64))\" of session \(session)",
            )
        }
        return [UInt8](try OpenFile(reading: layout.collected(machine, of: session)).read(count, at: offset))
    }

    static let suffix = ".tar"

    /// An archive while it is written.
    private final class Draft {
        private let file: OpenFile

        init(at path: String) throws { file = try OpenFile(creating: path, mode: 0o400) }

        func write(_ bytes: [UInt8]) throws { try file.write(Data(bytes)) }

        /// Makes it durable.
        func seal() throws -> ByteCount {
            try file.sync()
            return try file.size()
        }
    }
}
