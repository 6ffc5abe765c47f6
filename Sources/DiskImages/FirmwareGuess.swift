import SessionModel

/// Tells from the beginning of a disk which firmware starts it.
enum FirmwareGuess {
    /// How many bytes of the disk are looked at.
    static let headLength = 1 << 20

    /// Guesses: UEFI when there is an EFI system partition and nothing that a PC BIOS could start.
    ///
    /// - Parameter head: The first bytes the guest sees; fewer than ``headLength`` on a small disk.
    /// - Returns: The firmware.
    /// - Throws: ``Failure`` when the bytes cannot be read.
    static func firmware(of head: borrowing SourceFile) throws -> ImageImportOrder.Firmware {
        guard head.length >= 512, try head.bytes(2, at: 510) == [0x55, 0xAA] else { return .bios }
        let hasBootCode = try head.bytes(440, at: 0).contains { $0 != 0 }
        let kinds = try (0..<4).map { try head.bytes(1, at: 446 + Int64($0) * 16 + 4)[0] }
        guard kinds.contains(0xEE) else {
            return kinds.contains(0xEF) && !hasBootCode ? .uefi : .bios
        }
        let partitions = try partitionTypes(head)
        let isForBIOS = hasBootCode || partitions.contains(biosBoot)
        return partitions.contains(efiSystem) && !isForBIOS ? .uefi : .bios
    }

    private static let efiSystem: [UInt8] = [
        0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B,
    ]
    private static let biosBoot: [UInt8] = [
        0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6F, 0x6E, 0x74, 0x4E, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49,
    ]

    private static func partitionTypes(_ head: borrowing SourceFile) throws -> [[UInt8]] {
        for sector in [Int64(512), 4096] where sector + 92 <= head.length {
            guard try head.bytes(8, at: sector) == Array("EFI PART".utf8) else { continue }
            let table = Int64(clamping: try head.littleEndian(UInt64.self, at: sector + 72))
            let count = Int64(try head.littleEndian(UInt32.self, at: sector + 80))
            let size = Int64(try head.littleEndian(UInt32.self, at: sector + 84))
            guard (1...1024).contains(count), (128...4096).contains(size), table < head.length / sector else {
                return []
            }
            return try (0..<count).compactMap { index in
                let offset = table * sector + index * size
                return offset + 16 <= head.length ? try head.bytes(16, at: offset) : nil
            }
        }
        return []
    }
}
