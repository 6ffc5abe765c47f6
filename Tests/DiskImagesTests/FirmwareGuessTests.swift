import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite struct FirmwareGuessTests {
    /// Shell commands that partition `disk`, a sparse file of 64 MiB, and the firmware that starts it.
    static let table: [(partitioning: String, firmware: ImageImportOrder.Firmware)] = [
        ("true", .bios),
        ("truncate -s 100 disk", .bios),
        ("sgdisk -n 1:2048:0 -t 1:EF00 disk", .uefi),
        ("sgdisk -n 1:2048:0 -t 1:8300 disk", .bios),
        ("sgdisk -n 1:2048:4095 -t 1:EF02 -n 2:4096:0 -t 2:EF00 disk", .bios),
        ("sgdisk -n 5:2048:8191 -t 5:8300 -n 9:8192:0 -t 9:EF00 disk", .uefi),
        ("sgdisk -n 1:2048:0 -t 1:EF00 disk; printf '\\353' | dd of=disk conv=notrunc status=none", .bios),
        (mbr("\\357"), .uefi),
        (mbr("\\203"), .bios),
    ]

    /// Shell commands for a partition table with one partition of a kind.
    static func mbr(_ kind: String) -> String {
        "printf '\(kind)' | dd of=disk bs=1 seek=450 conv=notrunc status=none; "
            + "printf '\\125\\252' | dd of=disk bs=1 seek=510 conv=notrunc status=none"
    }

    @Test("The firmware is told from the partitions", arguments: 0..<9)
    func guess(_ number: Int) async throws {
        try await StateFolder.with { folder in
            let (partitioning, firmware) = Self.table[number]
            try TestDisks.makeSparse("\(folder.scratch)/disk", mebibytes: 64)
            try TestDisks.run(["sh", "-ec", partitioning], in: folder.scratch)
            let head = SourceFile(
                try OpenFile(reading: "\(folder.scratch)/disk"),
                from: 0,
                length: number == 1 ? 100 : Int64(FirmwareGuess.headLength),
            )
            #expect(try FirmwareGuess.firmware(of: head) == firmware)
        }
    }

    @Test("Numbers that lead nowhere are no partitions")
    func nonsense() async throws {
        try await StateFolder.with { folder in
            let path = "\(folder.scratch)/disk"
            for (offset, byte) in [(584, 0xFF), (591, 0xFF), (592, 0xFF), (596, 0x01)] {
                try TestDisks.makeSparse(path, mebibytes: 64)
                try TestDisks.run(["sgdisk", "-n", "1:2048:0", "-t", "1:EF00", path])
                let change =
                    "printf '\\\(String(byte, radix: 8))' | dd of=disk bs=1 seek=\(offset) conv=notrunc status=none"
                try TestDisks.run(["sh", "-ec", change], in: folder.scratch)
                let head = SourceFile(try OpenFile(reading: path), from: 0, length: Int64(FirmwareGuess.headLength))
                _ = try FirmwareGuess.firmware(of: head)
            }
        }
    }
}
