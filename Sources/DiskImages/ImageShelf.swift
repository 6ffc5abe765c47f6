import Foundation
import SessionModel

/// Reads what is in the state folder about images and what stands on them.
///
/// Changes nothing.
struct ImageShelf {
    let layout: DiskLayout

    /// The record of an image.
    ///
    /// - Throws: ``Failure`` with `notFound`, or `storage` when it is there and cannot be read.
    func record(of id: ImageID) throws -> ImageRecord {
        guard FileTree.exists(layout.folder(of: id)) else {
            throw Failure(.notFound, "there is no image \"\(id)\"")
        }
        let record = try StateFile.read(ImageRecord.self, at: layout.imageRecord(of: id))
        guard record.image.id == id else {
            throw Failure(
                .storage,
                "\(layout.imageRecord(of: id)) is the record of the image \"\(record.image.id)\"; it is left alone",
            )
        }
        return record
    }

    /// All images that can be read, by name, and what is wrong with the other folders.
    func records() throws -> (records: [ImageRecord], problems: [String]) {
        var records: [ImageRecord] = []
        var problems: [String] = []
        for name in try FileTree.names(in: layout.images) {
            guard let id = ImageID(name) else {
                problems.append("\(layout.images)/\(name) does not have the name of an image; it is left alone")
                continue
            }
            do {
                records.append(try record(of: id))
            } catch {
                problems.append((error as? Failure)?.message ?? "\(error)")
            }
        }
        return (records, problems)
    }

    /// Whether the image's files still look as they did when their digests were right.
    func looksUntouched(_ record: ImageRecord) throws -> Bool {
        for (name, stamp) in record.stamps {
            let path = "\(layout.folder(of: record.image.id))/\(name)"
            guard FileTree.exists(path), try OpenFile(reading: path).stamp() == stamp else { return false }
        }
        return true
    }

    /// Names every disk that stands on the image: live machines' and kept ones.
    ///
    /// Machines are looked at before evidence, the way disks move. A folder whose mark cannot be read counts when its
    /// disk says that it stands on the image.
    func disksStanding(on id: ImageID) throws -> [String] {
        var found: [String] = []
        for name in try FileTree.names(in: layout.machines) {
            let home = "\(layout.machines)/\(name)"
            if isStanding(
                ["\(home)/\(DiskLayout.ownFolder)/disk.qcow2"],
                on: id,
                mark: "\(home)/\(MachineMark.fileName)",
            ) {
                found.append("machine \(name)")
            }
        }
        for session in try FileTree.names(in: layout.evidence) {
            for name in try FileTree.names(in: "\(layout.evidence)/\(session)") {
                let folder = "\(layout.evidence)/\(session)/\(name)"
                let disks = ["\(folder)/disk.qcow2", "\(folder)/\(MachineMark.quarantineFileName)"]
                if isStanding(disks, on: id, mark: "\(folder)/\(MachineMark.evidenceFileName)") {
                    found.append("kept disk of machine \(name), session \(session)")
                }
            }
        }
        return found
    }

    private func isStanding(_ disks: [String], on id: ImageID, mark: String) -> Bool {
        // An unreadable mark says nothing; the disk is then asked.
        if let mark = try? StateFile.read(MachineMark.self, at: mark), mark.image == id {
            // Where there was nothing to keep, nothing stands on the image.
            return mark.problem == nil || disks.contains(where: FileTree.exists)
        }
        // The mark may be gone or wrong; what the disk itself says is then the only sign. A folder with neither stands on
        // nothing.
        return disks.contains { disk in
            // No disk, or one that cannot be read, stands on nothing.
            let backing = try? QCOW2Header(of: SourceFile(OpenFile(reading: disk))).backingFile
            return backing == layout.file(.disk, of: id)
        }
    }
}
