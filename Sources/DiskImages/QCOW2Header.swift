import SessionModel

/// The part of a qcow2 disk's header that says what else the disk is made of.
struct QCOW2Header: Equatable {
    /// 2 or 3.
    var version: UInt32
    /// The disk below this one, as written.
    var backingFile: String?
    /// Bytes the guest sees.
    var virtualSize: UInt64
    /// Whether the content is encrypted.
    var isEncrypted: Bool
    /// Snapshots inside the file.
    var snapshots: UInt32
    /// Whether the content is in another file.
    var hasDataFile: Bool
    /// Whether the disk is known to be damaged.
    var isCorrupt: Bool

    static let magic: [UInt8] = [0x51, 0x46, 0x49, 0xFB]

    /// Reads the header.
    ///
    /// - Throws: ``Failure`` with code `invalidInput` when it is not one.
    init(of file: borrowing SourceFile) throws {
        guard try file.bytes(4, at: 0) == Self.magic else {
            throw Failure(.invalidInput, "the file does not begin like a qcow2 disk")
        }
        version = try file.bigEndian(UInt32.self, at: 4)
        guard version == 2 || version == 3 else {
            throw Failure(.invalidInput, "qcow2 version \(version) is not known; convert the disk with qemu-img")
        }
        let nameOffset = try file.bigEndian(UInt64.self, at: 8)
        let nameLength = try file.bigEndian(UInt32.self, at: 16)
        if nameOffset != 0 {
            guard nameOffset < 1 << 21, nameLength <= 1023 else {
                throw Failure(.invalidInput, "the qcow2 header names a disk below it in a place where none can be")
            }
            let name = try file.bytes(Int(nameLength), at: Int64(nameOffset))
            backingFile = String(decoding: name, as: UTF8.self)
        }
        virtualSize = try file.bigEndian(UInt64.self, at: 24)
        isEncrypted = try file.bigEndian(UInt32.self, at: 32) != 0
        snapshots = try file.bigEndian(UInt32.self, at: 60)
        let incompatible = version == 3 ? try file.bigEndian(UInt64.self, at: 72) : 0
        isCorrupt = incompatible & 2 != 0
        hasDataFile = incompatible & 4 != 0
    }
}

extension QCOW2Header {
    /// Why the disk is not an overlay of that disk and of nothing else; `nil` when it is.
    func objection(toStandingOn backing: String) -> String? {
        if hasDataFile { return "the disk says that its content is in another file" }
        return backingFile == backing ? nil : "the disk says that it stands on something else than it was made on"
    }
}
