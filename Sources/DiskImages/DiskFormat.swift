import SessionModel

/// Tells a disk file's format from its content.
///
/// Never guesses `raw`: any file is a raw disk, and its guest writes what it likes at the beginning.
enum DiskFormat {
    /// The format whose marks the file carries; `nil` when it carries none.
    static func detect(_ file: borrowing SourceFile) throws -> ImageImportOrder.Format? {
        let head = try file.prefix(512)
        func has(_ mark: String, at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: mark.utf8) }
        if head.starts(with: QCOW2Header.magic) { return .qcow2 }
        if has("KDMV") || has("COWD") || has("# Disk DescriptorFile") { return .vmdk }
        if has("vhdxfile") { return .vhdx }
        if has("ustar", at: 257) { return .ova }
        if head.dropFirst(0x40).starts(with: [0x7F, 0x10, 0xDA, 0xBE]) { return .vdi }
        if try has("conectix") || file.hasVHDFooter { return .vhd }
        return nil
    }

    /// The kind of packed file this is, so that a person can be told; `nil` when it is none that is known.
    static func packing(_ file: borrowing SourceFile) throws -> String? {
        let marks: [(String, [UInt8])] = [
            ("gzip", [0x1F, 0x8B]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), ("zip", [0x50, 0x4B, 3, 4]),
            ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("bzip2", [0x42, 0x5A, 0x68]), ("7z", [0x37, 0x7A, 0xBC, 0xAF]),
        ]
        let head = try file.prefix(8)
        return marks.first { head.starts(with: $0.1) }?.0
    }
}

extension ImageImportOrder.Format {
    /// What the disk tool calls it; an archive has no such name.
    var driver: String {
        switch self {
        case .qcow2, .raw, .vmdk, .vhdx, .vdi: rawValue
        case .vhd: "vpc"
        case .ova: "raw"
        }
    }

    /// Whether the disk tool can look for damage in it.
    var isCheckable: Bool {
        switch self {
        case .qcow2, .vmdk, .vhdx, .vdi: true
        case .raw, .vhd, .ova: false
        }
    }
}

extension SourceFile {
    /// Whether the last sector is that of a VHD disk.
    var hasVHDFooter: Bool {
        get throws { try length >= 512 && bytes(8, at: length - 512) == Array("conectix".utf8) }
    }
}
