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
    func looksUntouched(_ record: ImageRecord) -> Bool {
        record.stamps.stillHold(in: layout.folder(of: record.image.id))
    }
}
