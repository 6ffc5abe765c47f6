import Foundation
import SessionModel

/// What is where in a tar archive.
enum TarIndex {
    /// An ordinary file of an archive.
    struct Member: Equatable {
        /// Its name, without folders.
        var name: String
        /// Where its content begins.
        var start: Int64
        /// Its bytes.
        var length: Int64
    }

    /// More than any machine is made of.
    private static let memberLimit = 256

    /// Lists the members.
    ///
    /// - Throws: ``Failure`` with `invalidInput` on anything but ordinary files with plain names.
    static func members(of archive: borrowing SourceFile) throws -> [Member] {
        var members: [Member] = []
        var offset: Int64 = 0
        var extended: [String: String] = [:]
        while offset + 512 <= archive.length {
            let header = try archive.bytes(512, at: offset)
            if header.allSatisfy({ $0 == 0 }) { return members }
            try checkSum(header, at: offset)
            let length = try extended["size"].map(parseDecimal) ?? number(header[124..<136])
            let start = offset + 512
            guard length >= 0, length <= archive.length - start else {
                throw OVAArchive.refusal("the archive ends before its member at \(offset) does; it is cut off")
            }
            switch header[156] {
            case UInt8(ascii: "0"), 0:
                let name = try plainName(extended["path"] ?? text(header[0..<100]), prefix: text(header[345..<500]))
                members.append(Member(name: name, start: start, length: length))
                extended = [:]
            case UInt8(ascii: "x"):
                guard length <= 1 << 16 else {
                    throw OVAArchive.refusal("the archive has an extended header too large")
                }
                extended = try records(archive.bytes(Int(length), at: start))
            case let kind:
                throw OVAArchive.refusal(
                    "the archive has a member that is not an ordinary file (kind \(kind)); an OVA has ordinary files only"
                )
            }
            guard members.count <= memberLimit else { throw OVAArchive.refusal("the archive has too many members") }
            offset = start + (length + 511) / 512 * 512
        }
        throw OVAArchive.refusal("the archive does not end as one; it is cut off, copy it again")
    }

    private static func checkSum(_ header: [UInt8], at offset: Int64) throws {
        let sum = header.enumerated().reduce(Int64(0)) { $0 + Int64((148..<156).contains($1.offset) ? 32 : $1.element) }
        guard try number(header[148..<156]) == sum else {
            throw OVAArchive.refusal("the archive is damaged at byte \(offset)")
        }
    }

    private static func plainName(_ name: String, prefix: String) throws -> String {
        let plain = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
        guard prefix.isEmpty, !plain.isEmpty, plain != "..", plain != ".", plain.pathParts.count == 1
        else {
            throw OVAArchive.refusal(
                "the archive has a member named \"\(name.prefix(200))\"; names must have no folders"
            )
        }
        return plain
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func number(_ field: ArraySlice<UInt8>) throws -> Int64 {
        if let first = field.first, first & 0x80 != 0 {
            // Base 256, for what octal digits cannot hold.
            guard first == 0x80, field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else {
                throw OVAArchive.refusal("the archive has a number that is too large")
            }
            return field.suffix(7).reduce(0) { $0 << 8 | Int64($1) }
        }
        let digits = text(field).trimmingCharacters(in: .whitespaces)
        guard let value = Int64(digits.isEmpty ? "0" : digits, radix: 8), value >= 0 else {
            throw OVAArchive.refusal("the archive has a number that is none")
        }
        return value
    }

    private static func parseDecimal(_ text: String) throws -> Int64 {
        guard let value = Int64(text), value >= 0 else {
            throw OVAArchive.refusal("the archive has a size that is none")
        }
        return value
    }

    private static func records(_ bytes: [UInt8]) throws -> [String: String] {
        var found: [String: String] = [:]
        var rest = bytes[...]
        while let space = rest.firstIndex(of: 32) {
            guard let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1,
                length <= rest.count
            else { throw OVAArchive.refusal("the archive has an extended header that is not understood") }
            let record = String(decoding: rest[(space + 1)..<(rest.startIndex + length - 1)], as: UTF8.self)
            let pair = record.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if pair.count == 2 { found[pair[0]] = pair[1] }
            rest = rest.dropFirst(length)
        }
        return found
    }
}
