import SessionModel

/// Looks at a disk file of a stranger by its header alone and refuses what is not one whole, readable disk.
///
/// What passes is still only ever opened in a ``DiskSandbox``.
enum DiskInspection {
    /// Inspects.
    ///
    /// - Returns: What a person should know about the import, one sentence each.
    /// - Throws: ``Failure`` with `invalidInput`.
    static func inspect(_ file: borrowing SourceFile, as format: ImageImportOrder.Format) throws -> [String] {
        switch format {
        case .qcow2: return try inspectQCOW2(file)
        case .vmdk: try VMDKDescriptor.inspect(file)
        case .vhd: try inspectVHD(file)
        case .vhdx: try inspectVHDX(file)
        case .vdi: try inspectVDI(file)
        case .raw: guard file.length > 0 else { throw refusal("the file is empty") }
        case .ova: throw refusal("an archive in an archive is not a disk")
        }
        return []
    }

    static func refusal(_ message: String) -> Failure { Failure(.invalidInput, message) }

    private static func inspectQCOW2(_ file: borrowing SourceFile) throws -> [String] {
        let header = try QCOW2Header(of: file)
        if let backing = header.backingFile {
            throw refusal(
                "the disk stands on another one (\"\(backing.prefix(200))\"); merge them first with qemu-img convert"
            )
        }
        if header.hasDataFile {
            throw refusal("the disk keeps its content in another file; make one file of it with qemu-img convert")
        }
        if header.isEncrypted { throw refusal("the disk is encrypted; import it unencrypted") }
        if header.isCorrupt { throw refusal("the disk is marked as damaged; repair it with qemu-img check -r all") }
        return header.snapshots == 0 ? [] : ["\(header.snapshots) snapshots inside the file were left out"]
    }

    private static func inspectVHD(_ file: borrowing SourceFile) throws {
        guard try file.hasVHDFooter else {
            throw refusal("the VHD disk does not end as one; it is cut off, copy it again")
        }
        let footer = file.length - 512
        let size = try file.bigEndian(UInt64.self, at: footer + 48)
        switch try file.bigEndian(UInt32.self, at: footer + 60) {
        case 2:
            guard size <= UInt64(footer) else { throw refusal("the VHD disk is shorter than it says; it is cut off") }
        case 3: break
        case 4: throw refusal("the VHD disk is the difference to another one; merge it into its parent first")
        case let kind: throw refusal("the VHD disk is of the unknown kind \(kind)")
        }
    }

    private static func inspectVDI(_ file: borrowing SourceFile) throws {
        switch try file.littleEndian(UInt32.self, at: 0x4C) {
        case 1, 2: break
        case 3, 4: throw refusal("the VDI disk is the difference to another one; clone it in full first")
        case let kind: throw refusal("the VDI disk is of the unknown kind \(kind)")
        }
        guard try file.bytes(32, at: 0x1A8).allSatisfy({ $0 == 0 }) else {
            throw refusal("the VDI disk names a parent; clone it in full first")
        }
        let data = Int64(try file.littleEndian(UInt32.self, at: 0x158))
        let block = Int64(try file.littleEndian(UInt32.self, at: 0x178))
        let blocks = Int64(try file.littleEndian(UInt32.self, at: 0x184))
        let (content, overflow) = block.multipliedReportingOverflow(by: blocks)
        guard !overflow, content <= file.length - data else {
            throw refusal("the VDI disk is shorter than it says; it is cut off, copy it again")
        }
    }

    private static func inspectVHDX(_ file: borrowing SourceFile) throws {
        let regions: Int64 = 192 << 10
        let metadataRegion: [UInt8] = [
            0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E,
        ]
        let fileParameters: [UInt8] = [
            0x37, 0x67, 0xA1, 0xCA, 0x36, 0xFA, 0x43, 0x4D, 0xB3, 0xB6, 0x33, 0xF0, 0xAA, 0x44, 0xE7, 0x6B,
        ]
        guard try file.bytes(4, at: regions) == Array("regi".utf8) else {
            throw refusal("the VHDX disk has no table of regions; it is damaged")
        }
        for region in 0..<Int64(min(try file.littleEndian(UInt32.self, at: regions + 8), 2047)) {
            let entry = regions + 16 + region * 32
            guard try file.bytes(16, at: entry) == metadataRegion else { continue }
            let metadata = Int64(clamping: try file.littleEndian(UInt64.self, at: entry + 16))
            for item in 0..<Int64(min(try file.littleEndian(UInt16.self, at: metadata + 10), 2047)) {
                let entry = metadata + 32 + item * 32
                guard try file.bytes(16, at: entry) == fileParameters else { continue }
                let offset = metadata + Int64(try file.littleEndian(UInt32.self, at: entry + 16))
                guard try file.littleEndian(UInt32.self, at: offset + 4) & 2 == 0 else {
                    throw refusal("the VHDX disk is the difference to another one; merge it into its parent first")
                }
                return
            }
        }
        throw refusal("the VHDX disk does not say what it is made of; it is damaged")
    }
}
