import Foundation
import Glibc
import Logging
package import SessionModel

extension ImageStore {
    /// Takes a disk file of the host into the catalogue: inspects it, converts it in a sandbox, puts it in place out of
    /// service, and lets a boot test decide whether sessions may use it.
    ///
    /// A disk that shows no console is kept as `unusable: graphics`.
    ///
    /// - Returns: The image with the boot test's verdict.
    /// - Throws: ``Failure`` with `invalidInput` (a file that is refused, and why), `policyRefused` (too large),
    ///   `noCapacity` (no room for it), `conflict` (an image of that name is there or being made), `hostTool`, `hostUnfit`,
    ///   `storage` or what the boot test throws; or `CancellationError`. No image is left then, unless a disk stands on it.
    package func importDisk(_ order: ImageImportOrder, progress: @escaping ImageProgressHandler) async throws -> Image {
        try begin(order.id)
        defer { end(order.id) }
        guard !FileTree.exists(layout.folder(of: order.id)) else {
            throw Failure(.conflict, "there is an image \"\(order.id)\" already; remove it or choose another name")
        }
        let draft = draft(of: order.id)
        do {
            try FileTree.remove(draft)
            for folder in [draft, "\(draft)/image", "\(draft)/work", "\(draft)/sandbox"] {
                try FileTree.makeFolder(folder, mode: 0o755)
            }
            let description = try await convert(order, draft: draft, progress: progress)
            let record = try await seal("\(draft)/image", description, progress: progress)
            try await publish("\(draft)/image", as: order.id)
            let image = try await bootTest(record, progress: progress)
            try? FileTree.remove(draft)  // The image is in place; what is left goes with the next garbage collection.
            return image
        } catch {
            try? FileTree.remove(draft)  // The error at hand matters more; what is left goes likewise.
            throw error
        }
    }

    private func convert(
        _ order: ImageImportOrder,
        draft: String,
        progress: @escaping ImageProgressHandler,
    ) async throws -> Description {
        let limit = try await surroundings.importLimit()
        let path = try Self.realPath(order.path)
        let stamp = try OpenFile(reading: path).stamp()
        let step = "computing the digest of the file"
        let digest = try await FileDigest.sha256(of: path) { await progress(ImageProgress(step: step, fraction: $0)) }
        if let expected = order.sha256?.lowercased(), expected != digest {
            throw Failure(
                .invalidInput,
                "\(order.path) has the SHA-256 \(digest), expected was \(expected); copy it again",
            )
        }
        await progress(ImageProgress(step: "inspecting the disk"))
        let found = try Self.inspect(order, path: path, stamp: stamp)
        let sandbox = DiskSandbox(
            mountPoint: "\(draft)/sandbox",
            userID: surroundings.sandboxUserID,
            largestFile: ByteCount(bytes: limit.bytes + limit.bytes / 8 + (64 << 20)),
        )
        let size = try await found.disk.examine(in: sandbox, limit: limit)
        try await surroundings.room(size)
        let disk = "\(draft)/image/\(ImageFile.disk.rawValue)"
        do { _ = try OpenFile(creating: disk, mode: 0o600) }
        try await found.disk.convert(to: disk, in: sandbox, progress: progress)
        guard try OpenFile(reading: path).stamp() == stamp else {
            throw Failure(.conflict, "\(order.path) was changed while it was imported; import it again")
        }
        try Self.judgeResult(disk, size: size)
        let firmware = try await firmware(order.firmware ?? found.firmware, disk: disk, draft: draft, sandbox: sandbox)
        if firmware == .uefi { try Self.copyVariables(to: "\(draft)/image/\(ImageFile.vars.rawValue)") }
        if order.cloudSeed {
            await progress(ImageProgress(step: "making the seed"))
            try await CloudSeed(image: order.id, parts: surroundings.guestParts).write(
                to: "\(draft)/image/\(ImageFile.seed.rawValue)",
                work: "\(draft)/work",
            )
        }
        return Description(
            id: order.id,
            title: order.title,
            virtualSize: size,
            boot: firmware == .uefi ? .uefi : .bios,
            diskBus: order.diskBus,
            nicModel: order.nicModel,
            console: .graphics,
            health: .unusable(ImageRecord.untested),
            origin: "file \(order.path.split(separator: "/").last ?? ""), SHA-256 \(digest)"
                + found.notes.map { "; \($0)" }.joined(),
            notes: found.notes,
        )
    }

    private static func realPath(_ path: String) throws -> String {
        guard path.hasPrefix("/"), let resolved = realpath(path, nil) else {
            throw Failure(.invalidInput, "there is no file \(path) on the host; give its absolute path")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func inspect(
        _ order: ImageImportOrder,
        path: String,
        stamp: FileStamp,
    ) throws -> (disk: StrangeDisk, notes: [String], firmware: ImageImportOrder.Firmware?) {
        let file = try SourceFile(OpenFile(reading: path))
        let detected = try DiskFormat.detect(file)
        let format = try agreed(stated: order.format, detected: detected, file)
        guard format == .ova else {
            let notes = try DiskInspection.inspect(file, as: format)
            return (StrangeDisk(path: path, stamp: stamp, part: nil, format: format), notes, nil)
        }
        let member = try OVAArchive.disk(in: file)
        let part = SourceFile(try OpenFile(reading: path), from: member.start, length: member.length)
        guard let inner = try DiskFormat.detect(part) else {
            throw Failure(.invalidInput, "the disk \(member.name) in the archive is of no format that is known")
        }
        let notes = try DiskInspection.inspect(part, as: inner)
        let disk = StrangeDisk(path: path, stamp: stamp, part: (member.start, member.length), format: inner)
        return (disk, notes, member.firmware)
    }

    private static func agreed(
        stated: ImageImportOrder.Format?,
        detected: ImageImportOrder.Format?,
        _ file: borrowing SourceFile,
    ) throws -> ImageImportOrder.Format {
        switch (stated, detected) {
        case (nil, let detected?): return detected
        case (.raw?, nil): return .raw
        case (let stated?, let detected?) where stated == detected: return stated
        case (let stated?, let detected?):
            throw Failure(
                .invalidInput,
                "the file was said to be \(stated.rawValue) and begins or ends like \(detected.rawValue); say which it is",
            )
        case (let stated?, nil):
            throw Failure(.invalidInput, "the file was said to be \(stated.rawValue) and does not begin like it")
        case (nil, nil):
            if let packing = try DiskFormat.packing(file) {
                throw Failure(.invalidInput, "the file is packed with \(packing); unpack it first")
            }
            throw Failure(.invalidInput, "the file is of no format that is known; if it is a raw disk, say so")
        }
    }

    /// The tool that wrote the disk read a stranger's file and may have been taken over by it, so its work is not trusted.
    private static func judgeResult(_ disk: String, size: ByteCount) throws {
        let header = try QCOW2Header(of: SourceFile(OpenFile(reading: disk)))
        guard header.version == 3, header.backingFile == nil, !header.hasDataFile, !header.isEncrypted,
            !header.isCorrupt,
            header.snapshots == 0, header.virtualSize == UInt64(size.bytes)
        else {
            throw Failure(.invalidInput, "converting the disk gave something else than a plain disk; it is not used")
        }
    }

    private func firmware(
        _ stated: ImageImportOrder.Firmware?,
        disk: String,
        draft: String,
        sandbox: DiskSandbox,
    ) async throws -> ImageImportOrder.Firmware {
        if let stated { return stated }
        let head = "\(draft)/work/head"
        do { _ = try OpenFile(creating: head, mode: 0o600) }
        let converted = StrangeDisk(path: disk, stamp: try OpenFile(reading: disk).stamp(), part: nil, format: .qcow2)
        try await converted.copyHead(to: head, in: sandbox)
        return try FirmwareGuess.firmware(of: SourceFile(OpenFile(reading: head)))
    }

    private static func copyVariables(to path: String) throws {
        let template = "/usr/share/OVMF/OVMF_VARS_4M.fd"
        guard FileTree.exists(template) else {
            throw Failure(.hostUnfit, "\(template) is missing, UEFI machines need it; install the package ovmf")
        }
        try FileTree.copy(template, to: path)
    }

    private func bootTest(_ record: ImageRecord, progress: @escaping ImageProgressHandler) async throws -> Image {
        let id = record.image.id
        do {
            await progress(ImageProgress(step: "starting it to see whether it has a console"))
            let console = try await surroundings.bootTest(record.image)
            await turns.enter(id)
            defer { turns.leave(id) }
            // Somebody may have found it damaged meanwhile.
            var tested = try shelf.record(of: id)
            guard tested.isUntested else { return tested.image }
            tested.image.console = console
            tested.image.health = console == .graphics ? .unusable("graphics") : .usable
            try StateFile.write(tested, to: layout.imageRecord(of: id), mode: 0o444)
            return tested.image
        } catch {
            await turns.enter(id)
            defer { turns.leave(id) }
            do {
                try takeAway(id)
            } catch let leftover {
                logger.warning(
                    "An image whose boot test failed stays, out of service, until it is collected",
                    metadata: ["image.id": "\(id)", "error": "\(leftover)"],
                )
            }
            throw error
        }
    }
}
