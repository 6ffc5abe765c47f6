import Foundation
import SessionModel

/// The text inside a VMDK disk that says what the disk is made of.
enum VMDKDescriptor {
    /// Refuses a VMDK file that is not a whole disk by itself.
    ///
    /// - Throws: ``Failure`` with `invalidInput`.
    static func inspect(_ file: borrowing SourceFile) throws {
        let head = try file.prefix(4)
        guard head == Array("KDMV".utf8) else {
            throw DiskInspection.refusal(
                "the VMDK file only describes a disk whose content is in other files; export it as one file or as OVA"
            )
        }
        let start = try file.littleEndian(UInt64.self, at: 28)
        let sectors = try file.littleEndian(UInt64.self, at: 36)
        let hasPlace = start > 0 && start < 1 << 32 && (1...2048).contains(sectors)
        let text = hasPlace ? try file.bytes(Int(sectors) * 512, at: Int64(start) * 512).prefix { $0 != 0 } : []
        guard !text.isEmpty else {
            throw DiskInspection.refusal("the VMDK file is one of several parts of a disk; export the disk as one file")
        }
        try judge(String(decoding: text, as: UTF8.self))
    }

    private static func judge(_ text: String) throws {
        var kind = ""
        var parts = 0
        for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmingCharacters(in: .whitespaces) }) {
            let pair = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            switch (pair.first?.lowercased(), pair.last ?? "") {
            case ("createtype", let value): kind = value.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
            case ("parentcid", let value) where value.lowercased() != "ffffffff",
                ("parentfilenamehint", let value):
                throw DiskInspection.refusal(
                    "the VMDK disk is the difference to another one (\(value.prefix(200))); export it in full"
                )
            case ("encoding", _): continue
            default:
                let words = line.split(separator: " ")
                guard words.count >= 3, ["RW", "RDONLY", "NOACCESS"].contains(words[0]) else { continue }
                parts += 1
                guard words[2] == "SPARSE" else {
                    throw DiskInspection.refusal(
                        "the VMDK disk has content in another file (kind \(words[2])); export it as one file or as OVA"
                    )
                }
            }
        }
        guard ["monolithicSparse", "streamOptimized"].contains(kind), parts == 1 else {
            throw DiskInspection.refusal(
                "the VMDK disk is of the kind \"\(kind)\" in \(parts) parts; export it as one file or as OVA"
            )
        }
    }
}
