import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite(.enabled(if: geteuid() == 0)) struct BootableDiskTests {
    @Test("Bootable test disks are imported with the firmware that starts them", .timeLimit(.minutes(1)))
    func imported() async throws {
        try await StateFolder.with { folder in
            let path = "\(folder.scratch)/disk"
            try TestDisks.makeBIOS(.login, at: path, work: folder.scratch)
            let bios = ImageImportOrder(id: "bios", title: "BIOS", path: path, format: .raw)
            #expect(try await folder.images().importDisk(bios) { _ in }.boot == .bios)
            try TestDisks.makeUEFI(.login, at: path, work: folder.scratch)
            let uefi = ImageImportOrder(id: "uefi", title: "UEFI", path: path, format: .raw)
            let image = try await folder.images().importDisk(uefi) { _ in }
            #expect(image.boot == .uefi && image.sha256["vars.fd"] != nil)
        }
    }

    @Test(
        "A bootable test disk shows its console on the serial port",
        .timeLimit(.minutes(1)),
        arguments: ["shell", "login"],
    )
    func shown(_ name: String) async throws {
        try await StateFolder.with { folder in
            let console = try #require(TestDisks.Console(rawValue: name))
            let path = "\(folder.scratch)/disk"
            try TestDisks.makeBIOS(console, at: path, work: folder.scratch)
            let serial = "\(folder.scratch)/serial"
            let emulator = try TestDisks.Program(
                [
                    "qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine", "q35", "-accel", "tcg", "-m",
                    "64",
                    "-serial", "file:\(serial)", "-drive", "file=\(path),format=raw,if=virtio",
                ],
                output: "\(folder.scratch)/output",
            )
            defer { emulator.stop() }
            let prompt = console == .shell ? "grub>" : "test-disk login:"
            var seen = ""
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(40)
            while !seen.contains(prompt), emulator.isRunning, clock.now < deadline {
                await Task.yield()
                seen = String(decoding: FileManager.default.contents(atPath: serial) ?? Data(), as: UTF8.self)
            }
            #expect(seen.contains(prompt))
        }
    }
}
