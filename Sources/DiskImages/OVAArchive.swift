import Foundation
import SessionModel

/// An OVA: a tar archive of an OVF description and disks.
///
/// Nothing is unpacked; the disk is read where it is.
enum OVAArchive {
    /// The disk of an archive.
    struct Disk: Equatable {
        /// Its name in the archive.
        var name: String
        /// Where it begins.
        var start: Int64
        /// Its bytes.
        var length: Int64
        /// The firmware the description asks for; `nil` when it does not.
        var firmware: ImageImportOrder.Firmware?
    }

    /// Finds the only disk.
    ///
    /// - Throws: ``Failure`` with `invalidInput` when there is not exactly one, or the archive has anything but ordinary
    ///   files with plain names.
    static func disk(in archive: borrowing SourceFile) throws -> Disk {
        let members = try TarIndex.members(of: archive)
        let descriptions = members.filter { $0.name.lowercased().hasSuffix(".ovf") }
        guard let description = descriptions.first, descriptions.count == 1 else {
            throw refusal("the archive has \(descriptions.count) OVF descriptions where one is expected")
        }
        guard description.length <= 1 << 20 else { throw refusal("\(description.name) is larger than 1 MiB") }
        let text = try archive.bytes(Int(description.length), at: description.start)
        let parsed = try OVFDescription(parsing: Data(text))
        guard let file = parsed.diskFiles.first, parsed.diskFiles.count == 1 else {
            throw refusal(
                "\(description.name) has \(parsed.diskFiles.count) disks where one is expected; import a machine with one disk"
            )
        }
        guard !file.isCompressed else {
            throw refusal("the disk \(file.name) is compressed once more; export it plainly")
        }
        let found = members.filter { $0.name == file.name }
        guard let disk = found.first, found.count == 1 else {
            throw refusal(
                "\(description.name) names the disk \(file.name), which is \(found.count) times in the archive"
            )
        }
        guard disk.length > 0, disk.length.isMultiple(of: 512) else {
            throw refusal(
                "the disk \(disk.name) is \(disk.length) bytes long, which is not whole sectors; it is cut off"
            )
        }
        return Disk(name: disk.name, start: disk.start, length: disk.length, firmware: parsed.firmware)
    }

    static func refusal(_ message: String) -> Failure { Failure(.invalidInput, message) }
}
