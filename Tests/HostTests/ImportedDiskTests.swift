import APIClient
import APIContract
import Foundation
import TestKit
import Testing

extension RealGuestTests {
    @Test(
        "Imported BIOS and UEFI disks are boot-tested; a person works on one, and the seed for its first boot is there"
    )
    func imports() async throws {
        let daemon = try TestDaemon(labs: ["imported": "{box: {image: linux, vcpus: 1, disk: 6G}}"])
        try await daemon.serving { client in
            @Sendable func image(_ id: String, _ format: String, seed: Bool) async throws -> ImageResource {
                let request = ImportImageRequest(
                    path: "\(daemon.folder)/\(id).\(format)",
                    format: format,
                    cloudSeed: seed,
                )
                for try await line in try await client.importImage(id, request) {
                    if let problem = line.problem { throw problem }
                }
                return try await client.image(id)
            }
            try TestDisks.makeUEFI(.login, at: "\(daemon.folder)/uefi.raw", work: daemon.folder)
            async let other = image("uefi", "raw", seed: false)
            let system = "\(daemon.folder)/images/debian-13/disk.qcow2"
            try TestDisks.makeLinux(from: system, at: "\(daemon.folder)/linux.qcow2", work: daemon.folder)
            let linux = try await image("linux", "qcow2", seed: true)
            #expect([linux.firmware, linux.console, linux.health] == ["bios", "serialShell", "usable"])
            let uefi = try await other
            #expect([uefi.firmware, uefi.console, uefi.health] == ["uefi", "serialLogin", "usable"])

            let session = try await daemon.readySession(client, lab: "imported")
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                #expect(try await shell.run("findmnt -no SOURCE /") == "/dev/vda1")
                #expect(try await shell.run("lsblk -bdno SIZE /dev/vda") == "\(6 << 30)")
                // As cloud-init looks for it: by its label.
                #expect(try await shell.run("sudo mount -r LABEL=cidata /mnt; echo $?").hasSuffix("0"))
                #expect(
                    try await shell.run("/bin/ls -1 /mnt")
                        == "meta-data\nnetwork-config\nsandglass-guest\nsandglass-guest.service\nuser-data"
                )
                #expect(
                    try await shell.run("cat /mnt/meta-data") == "instance-id: sandglass-linux\nlocal-hostname: linux"
                )
                #expect(try await shell.run("cat /mnt/network-config") == "version: 2\nethernets: {}")
                let user = try await shell.run("cat /mnt/user-data").split(separator: "\n").map(String.init)
                #expect(user.first == "#cloud-config")
                for line in [
                    "  - name: student", "    sudo: \"ALL=(ALL) NOPASSWD:ALL\"",
                    "  - [systemctl, --no-block, enable, --now, serial-getty@ttyS0.service]",
                ] {
                    #expect(user.contains(line), "\(line) is not in \(user)")
                }
            }
            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            #expect(try daemon.leftovers(of: session) == [])
        }
    }
}
