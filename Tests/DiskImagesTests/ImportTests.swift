import Foundation
import Glibc
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import DiskImages

@Suite(.enabled(if: geteuid() == 0)) struct ImportTests {
    /// How a disk of a format is made of a raw one.
    static let formats: [(format: ImageImportOrder.Format, command: String)] = [
        (.qcow2, "qemu-img convert -f raw -O qcow2 raw disk"),
        (.qcow2, "qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd raw disk"),
        (.qcow2, "qemu-img convert -f raw -O qcow2 -o compat=0.10 raw disk"),
        (.vmdk, "qemu-img convert -f raw -O vmdk -o subformat=monolithicSparse raw disk"),
        (.vmdk, "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized raw disk"),
        (.vhdx, "qemu-img convert -f raw -O vhdx -o subformat=dynamic raw disk"),
        (.vhdx, "qemu-img convert -f raw -O vhdx -o subformat=fixed raw disk"),
        (.vhd, "qemu-img convert -f raw -O vpc -o subformat=dynamic,force_size=on raw disk"),
        (.vhd, "qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on raw disk"),
        (.vdi, "qemu-img convert -f raw -O vdi raw disk"),
        (.vdi, "qemu-img convert -f raw -O vdi -o static=on raw disk"),
        (.ova, "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized raw box-disk1.vmdk"),
    ]

    @Test("A disk of every format becomes an image with the same content", .timeLimit(.minutes(1)), arguments: 0..<12)
    func content(_ number: Int) async throws {
        try await StateFolder.with { folder in
            let (format, command) = Self.formats[number]
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 8)
            try TestDisks.run(command.split(separator: " ").map(String.init), in: folder.scratch)
            if format == .ova { try OVAFixture.write(in: folder.scratch, disk: "box-disk1.vmdk", to: "disk") }
            let path = "\(folder.scratch)/disk"
            let digest = try await FileDigest.sha256(of: path)
            let seen = Mutex<[ImageProgress]>([])
            let order = ImageImportOrder(id: "it", title: "It", path: path, sha256: digest.uppercased())
            let image = try await folder.images().importDisk(order) { progress in seen.withLock { $0.append(progress) }
            }
            let disk = folder.layout.file(.disk, of: "it")
            #expect(try TestDisks.hasPattern(disk, format: "qcow2", mebibytes: 8))
            #expect(image.health == .usable && image.console == .serialShell && image.boot == .bios)
            #expect(image.virtualSize == .mebibytes(8))
            #expect(image.origin.contains(digest))
            #expect(image.sha256 == ["disk.qcow2": try await FileDigest.sha256(of: disk)])
            #expect(try folder.rights(disk) == .init(user: 0, group: 0, mode: 0o444))
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(try await folder.images().verify("it") { _ in }.health == .usable)
            #expect(seen.withLock { $0.contains { $0.step == "converting the disk" && $0.fraction == 1 } })
        }
    }

    @Test("Snapshots inside a disk are left out, and the image says so")
    func snapshots() async throws {
        try await StateFolder.with { folder in
            let path = "\(folder.scratch)/disk"
            try TestDisks.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "4M"])
            try TestDisks.run(["qemu-img", "snapshot", "-c", "before", path])
            let order = ImageImportOrder(id: "it", title: "It", path: path)
            let image = try await folder.images().importDisk(order) { _ in }
            #expect(image.origin.contains("1 snapshots inside the file were left out"))
            #expect(
                try QCOW2Header(of: SourceFile(OpenFile(reading: folder.layout.file(.disk, of: "it")))).snapshots == 0
            )
        }
    }

    @Test("An image keeps what its order says about its machine")
    func metadata() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 4)
            let order = ImageImportOrder(
                id: "it",
                title: "A title",
                path: "\(folder.scratch)/raw",
                format: .raw,
                firmware: .uefi,
                diskBus: .sata,
                nicModel: .e1000e,
                cloudSeed: true,
            )
            let image = try await folder.images { _ in .serialLogin }.importDisk(order) { _ in }
            #expect(image.title == "A title" && image.boot == .uefi && image.console == .serialLogin)
            #expect(image.diskBus == .sata && image.nicModel == .e1000e && image.health == .usable)
            #expect(image.sha256.keys.sorted() == ["disk.qcow2", "seed.iso", "vars.fd"])
            let seed = folder.layout.file(.seed, of: "it")
            #expect(try TestDisks.run(["blkid", "-p", "-o", "value", "-s", "LABEL", seed]) == "cidata\n")
            let files = try TestDisks.run(["isoinfo", "-i", seed, "-R", "-f"])
            for name in ["user-data", "meta-data", "network-config"] { #expect(files.contains("/\(name)\n")) }
            let userData = try TestDisks.run(["isoinfo", "-i", seed, "-R", "-x", "/user-data"])
            #expect(userData.contains("name: student") && userData.contains("--autologin student"))
        }
    }

    @Test("A seed hands the guest agent over, byte for byte, and starts it early")
    func agent() async throws {
        try await StateFolder.with { folder in
            let (parts, work) = ("\(folder.scratch)/parts", "\(folder.scratch)/work")
            for made in [parts, work] { try FileTree.makeFolder(made, mode: 0o755) }
            let seed = CloudSeed(image: "it", parts: GuestParts(folder: parts))
            let failure = await #expect(throws: Failure.self) {
                try await seed.write(to: "\(folder.scratch)/seed.iso", work: work)
            }
            #expect(failure?.code == .hostUnfit)
            for name in seed.parts?.files ?? [] { try Data("the \(name)".utf8).write(to: URL(filePath: name)) }
            try await seed.write(to: "\(folder.scratch)/seed.iso", work: work)
            for name in ["sandglass-guest", "sandglass-guest.service"] {
                let found = try TestDisks.run(["isoinfo", "-i", "\(folder.scratch)/seed.iso", "-R", "-x", "/\(name)"])
                #expect(found == "the \(parts)/\(name)")
            }
            let commands = """
                  - [systemctl, mask, systemd-networkd-wait-online.service, NetworkManager-wait-online.service]
                  - - sh
                    - -c
                    - |
                      mkdir -p /run/sandglass-seed && mount -o ro -L cidata /run/sandglass-seed
                      install -D -m 0755 /run/sandglass-seed/sandglass-guest /usr/lib/sandglass/sandglass-guest
                      install -D -m 0644 /run/sandglass-seed/sandglass-guest.service /etc/systemd/system/sandglass-guest.service
                      umount /run/sandglass-seed
                  - [systemctl, daemon-reload]
                  - [systemctl, --no-block, enable, --now, serial-getty@ttyS0.service]
                  - [systemctl, --no-block, enable, --now, sandglass-guest.service]
                ssh_pwauth: false
                """
            #expect(seed.userData.contains(commands))
            #expect(!CloudSeed(image: "it", parts: nil).userData.contains("sandglass-guest"))
        }
    }

    @Test("A disk that shows only a screen is kept, out of service")
    func graphics() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 4)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/raw", format: .raw)
            let store = folder.images { _ in .graphics }
            #expect(try await store.importDisk(order) { _ in }.health == .unusable("graphics"))
            #expect(await failure { _ = try await store.usableImage("it") }?.code == .imageUnusable)
            // Sound content does not give it a console.
            #expect(try await store.verify("it") { _ in }.health == .unusable("graphics"))
            #expect(try await store.collectGarbage().isEmpty)
            try await store.remove("it")
        }
    }

    @Test(
        "During its boot test an image is in place, out of service, and can carry a machine",
        .timeLimit(.minutes(1)),
    )
    func bootTest() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 4)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/raw", format: .raw)
            let overlays = folder.overlays()
            let machine = try folder.machine(1, on: "it", session: nil)
            let somebodys = try folder.machine(2, on: "it")
            let observer = folder.images()
            let image = try await folder.images { image in
                #expect(image.health == .unusable(ImageRecord.untested))
                #expect(await failure { _ = try await observer.usableImage("it") }?.code == .imageUnusable)
                #expect(await failure { try await overlays.makeDisk(for: somebodys) }?.code == .imageUnusable)
                try await overlays.makeDisk(for: machine)
                #expect(try TestDisks.hasPattern(folder.layout.disk(of: machine.id), format: "qcow2", mebibytes: 4))
                try await overlays.removeDisk(of: machine.id)
                return .serialShell
            }.importDisk(order) { _ in }
            #expect(image.health == .usable)
        }
    }

    @Test("An image found damaged during its boot test stays out of service")
    func damagedDuringBootTest() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 4)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/raw", format: .raw)
            let image = try await folder.images { image in
                try folder.flipByte(of: folder.layout.file(.disk, of: "it"), at: 300_000)
                _ = try await folder.images().verify("it") { _ in }
                return .serialShell
            }.importDisk(order) { _ in }
            #expect(image.health == .unusable("damaged: disk.qcow2"))
        }
    }

    @Test("A disk of a few sectors is imported", arguments: [512, 100 << 10])
    func small(_ size: Int) async throws {
        try await StateFolder.with { folder in
            try TestDisks.run(["truncate", "-s", "\(size)", "\(folder.scratch)/raw"])
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/raw", format: .raw)
            let image = try await folder.images().importDisk(order) { _ in }
            #expect(image.boot == .bios && image.virtualSize.bytes == Int64(size))
        }
    }

    @Test("A boot test that fails takes the image with it")
    func failedBootTest() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 4)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/raw", format: .raw)
            let store = folder.images { _ in throw Failure(.hypervisor, "no") }
            #expect(await failure { _ = try await store.importDisk(order) { _ in } }?.code == .hypervisor)
            #expect(try folder.names(in: folder.layout.images).isEmpty)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(await failure { _ = try await folder.images().importDisk(order) { _ in } } == nil)
        }
    }

    @Test(
        "An import that is cancelled at any step leaves no image",
        .timeLimit(.minutes(1)),
        arguments: [
            "computing the digest of the file", "inspecting", "converting", "computing the digest of d", "starting",
        ],
    )
    func cancelled(_ step: String) async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 16)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/raw", format: .raw)
            let store = folder.images { _ in
                try Task.checkCancellation()
                return .serialShell
            }
            let (steps, tell) = AsyncStream.makeStream(of: Void.self)
            let attempt = Task {
                try await store.importDisk(order) { progress in
                    guard progress.step.hasPrefix(step) else { return }
                    tell.yield()
                    while !Task.isCancelled { await Task.yield() }
                }
            }
            for await _ in steps { break }
            attempt.cancel()
            await #expect(throws: CancellationError.self) { try await attempt.value }
            #expect(try folder.names(in: folder.layout.images).isEmpty)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }

    @Test("A name that is taken is not imported over")
    func taken() async throws {
        try await StateFolder.with { folder in
            let image = try await folder.importPattern()
            let order = ImageImportOrder(id: "plain", title: "It", path: "\(folder.scratch)/plain.raw", format: .raw)
            let store = folder.images()
            #expect(await failure { _ = try await store.importDisk(order) { _ in } }?.code == .conflict)
            #expect(try await store.image("plain") == image)
        }
    }

    @Test("A file that changes while it is imported is refused", .timeLimit(.minutes(1)))
    func changing() async throws {
        try await StateFolder.with { folder in
            let path = "\(folder.scratch)/raw"
            try TestDisks.makePattern(at: path, mebibytes: 4)
            let order = ImageImportOrder(id: "it", title: "It", path: path, format: .raw)
            let refusal = await failure {
                _ = try await folder.images().importDisk(order) { progress in
                    // Should it fail, the import is not refused, and the test fails.
                    if progress.step.hasPrefix("converting") { _ = try? TestDisks.run(["touch", path]) }
                }
            }
            #expect(refusal?.code == .conflict)
            #expect(try folder.names(in: folder.layout.images).isEmpty)
        }
    }
}

/// Makes OVA files.
enum OVAFixture {
    /// Packs a description of a machine with the disks, and the disks.
    static func write(in folder: String, disk: String, to name: String, extra: String = "") throws {
        try description(disks: [disk], extra: extra).write(
            toFile: "\(folder)/box.ovf",
            atomically: true,
            encoding: .utf8,
        )
        try TestDisks.run(["tar", "--format=ustar", "-cf", name, "box.ovf", disk], in: folder)
    }

    /// An OVF description.
    static func description(disks: [String], compression: String = "", extra: String = "") -> String {
        let files = disks.enumerated().map {
            "<File ovf:id=\"file\($0.offset)\" ovf:href=\"\($0.element)\"\(compression)/>"
        }
        let uses = disks.indices.map { "<Disk ovf:diskId=\"disk\($0)\" ovf:fileRef=\"file\($0)\" ovf:capacity=\"8\"/>" }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                xmlns:vmw="http://www.vmware.com/schema/ovf">
              <References>\(files.joined())<File ovf:id="iso" ovf:href="tools.iso"/></References>
              <DiskSection><Info>Disks</Info>\(uses.joined())<Disk ovf:diskId="blank" ovf:capacity="1"/></DiskSection>
              <VirtualSystem ovf:id="box"><VirtualHardwareSection>\(extra)</VirtualHardwareSection></VirtualSystem>
            </Envelope>
            """
    }
}
