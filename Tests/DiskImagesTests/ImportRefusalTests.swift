import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite(.enabled(if: geteuid() == 0)) struct ImportRefusalTests {
    /// A file that must be refused.
    struct Refused: Sendable, CustomTestStringConvertible {
        var what: String
        /// Shell commands that make the file `disk` beside a raw disk `raw` of 8 MiB.
        var making: String
        var format: ImageImportOrder.Format?
        var code: FailureCode = .invalidInput
        /// What the message must contain.
        var saying: String

        var testDescription: String { what }
    }

    static let table: [Refused] = [
        Refused(
            what: "qcow2 on another disk",
            making: "qemu-img create -q -f qcow2 -b $PWD/raw -F raw disk",
            saying: "stands on another one",
        ),
        Refused(
            what: "qcow2 on a secret of the host",
            making: "qemu-img create -q -u -f qcow2 -b /etc/shadow -F raw disk 1M",
            saying: "/etc/shadow",
        ),
        Refused(
            what: "qcow2 with an external data file",
            making: "qemu-img create -q -f qcow2 -o data_file=data,data_file_raw=on disk 4M",
            saying: "in another file",
        ),
        Refused(
            what: "encrypted qcow2",
            making: """
                qemu-img create -q -f qcow2 --object secret,id=s,data=abc \
                -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 disk 4M
                """,
            saying: "encrypted",
        ),
        Refused(
            what: "qcow2 marked as damaged",
            making:
                "qemu-img create -q -f qcow2 disk 4M; printf '\\002' | dd of=disk bs=1 seek=79 conv=notrunc status=none",
            saying: "marked as damaged",
        ),
        Refused(
            what: "qcow2 that is cut off",
            making: "qemu-img convert -f raw -O qcow2 raw disk; truncate -s 300000 disk",
            saying: "cut off",
        ),
        Refused(
            what: "qcow2 of a size beyond the limit",
            making: "qemu-img create -q -f qcow2 disk 65M",
            code: .policyRefused,
            saying: "65 MiB",
        ),
        Refused(
            what: "raw of a size beyond the limit",
            making: "truncate -s 65M disk",
            format: .raw,
            code: .policyRefused,
            saying: "65 MiB",
        ),
        Refused(what: "raw that was not said to be raw", making: "cp raw disk", saying: "say so"),
        Refused(
            what: "qcow2 that was said to be raw",
            making: "qemu-img create -q -f qcow2 disk 4M",
            format: .raw,
            saying: "begins or ends like qcow2",
        ),
        Refused(
            what: "raw that was said to be qcow2",
            making: "cp raw disk",
            format: .qcow2,
            saying: "does not begin like it",
        ),
        Refused(what: "an empty file", making: ": > disk", format: .raw, saying: "empty"),
        Refused(what: "a packed file", making: "gzip -c raw > disk", saying: "gzip"),
        Refused(what: "a folder", making: "mkdir disk", code: .storage, saying: "not a regular file"),
        Refused(what: "a pipe", making: "mkfifo disk", code: .storage, saying: "not a regular file"),
        Refused(what: "nothing", making: "true", saying: "no file"),
        Refused(
            what: "VMDK with flat content in another file",
            making: "qemu-img convert -f raw -O vmdk -o subformat=monolithicFlat raw disk",
            saying: "in other files",
        ),
        Refused(
            what: "VMDK in parts of 2 GB",
            making: "qemu-img convert -f raw -O vmdk -o subformat=twoGbMaxExtentSparse raw disk",
            saying: "in other files",
        ),
        Refused(
            what: "one part of a VMDK in parts",
            making: "qemu-img convert -f raw -O vmdk -o subformat=twoGbMaxExtentSparse raw d.vmdk; cp d-s001.vmdk disk",
            saying: "one of several parts",
        ),
        Refused(
            what: "VMDK on another disk",
            making: "qemu-img convert -f raw -O vmdk raw p.vmdk; qemu-img create -q -f vmdk -b p.vmdk -F vmdk disk",
            saying: "difference to another one",
        ),
        Refused(
            what: "VMDK whose text names a device of the host",
            making: """
                qemu-img convert -f raw -O vmdk raw disk
                sed -i 's/ SPARSE "disk"/ FLAT "\\/dev"/' disk
                """,
            saying: "in another file",
        ),
        Refused(
            what: "VMDK that is cut off",
            making: "qemu-img convert -f raw -O vmdk raw disk; truncate -s 200000 disk",
            saying: "cut off",
        ),
        Refused(
            what: "VMDK for streaming that is cut off",
            making: "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized raw disk; truncate -s 66048 disk",
            saying: "cut off",
        ),
        Refused(
            what: "VMDK for streaming that is cut off inside its last content",
            making: "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized raw disk; truncate -s 66600 disk",
            saying: "cut off",
        ),
        Refused(
            what: "VHD that is cut off",
            making: "qemu-img convert -f raw -O vpc raw disk; truncate -s -1024 disk",
            saying: "cut off",
        ),
        Refused(
            what: "fixed VHD without its beginning",
            making: """
                qemu-img convert -f raw -O vpc -o subformat=fixed raw all
                tail -c 1000448 all > disk
                """,
            saying: "cut off",
        ),
        Refused(
            what: "VHD that is a difference",
            making: """
                qemu-img convert -f raw -O vpc raw disk; size=$(stat -c %s disk)
                printf '\\004' | dd of=disk bs=1 seek=$((size - 512 + 63)) conv=notrunc status=none
                """,
            saying: "difference to another one",
        ),
        Refused(
            what: "VHDX that is a difference",
            making: """
                qemu-img convert -f raw -O vhdx raw disk
                at=$(LC_ALL=C grep -obUaP '\\x37\\x67\\xa1\\xca\\x36\\xfa\\x43\\x4d' disk | head -1 | cut -d: -f1)
                table=$((at - at % 65536)); offset=$(od -An -tu4 -j $((at + 16)) -N 4 disk)
                printf '\\002' | dd of=disk bs=1 seek=$((table + offset + 4)) conv=notrunc status=none
                """,
            saying: "difference to another one",
        ),
        Refused(
            what: "VHDX that is cut off",
            making: "qemu-img convert -f raw -O vhdx raw disk; truncate -s 5M disk",
            saying: "damaged",
        ),
        Refused(
            what: "VDI that is cut off",
            making: "qemu-img convert -f raw -O vdi raw disk; truncate -s -1000000 disk",
            saying: "cut off",
        ),
        Refused(
            what: "VDI that is a difference",
            making: """
                qemu-img convert -f raw -O vdi raw disk
                printf '\\004' | dd of=disk bs=1 seek=76 conv=notrunc status=none
                """,
            saying: "difference to another one",
        ),
    ]

    @Test("A file that is not one whole disk is refused", .timeLimit(.minutes(1)), arguments: table)
    func refuses(_ refused: Refused) async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 8)
            try TestDisks.run(["sh", "-ec", refused.making], in: folder.scratch)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(folder.scratch)/disk", format: refused.format)
            let refusal = try #require(await failure { _ = try await folder.images().importDisk(order) { _ in } })
            #expect(refusal.code == refused.code)
            #expect(refusal.message.contains(refused.saying), "\(refusal)")
            #expect(try folder.names(in: folder.layout.images).isEmpty)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }

    @Test("A file with another digest than expected is refused")
    func digest() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makePattern(at: "\(folder.scratch)/raw", mebibytes: 4)
            let path = "\(folder.scratch)/raw"
            var order = ImageImportOrder(id: "it", title: "It", path: path, sha256: String(repeating: "0", count: 64))
            order.format = .raw
            let refusal = await failure { _ = try await folder.images().importDisk(order) { _ in } }
            #expect(refusal?.code == .invalidInput && refusal?.message.contains("SHA-256") == true)
        }
    }

    /// Shell commands that pack `disk`, beside a streamable VMDK `d.vmdk` and its description `d.ovf`.
    static let archives: [(what: String, making: String, saying: String)] = [
        (
            "a name with a folder", "mkdir a; cp d.ovf d.vmdk a; tar --format=ustar -cf disk a/d.ovf a/d.vmdk",
            "no folders",
        ),
        (
            "a name that leads up", "tar --format=ustar --transform 's,d.vmdk,../d.vmdk,' -Pcf disk d.ovf d.vmdk",
            "no folders",
        ),
        (
            "an absolute name", "tar --format=ustar --transform 's,d.vmdk,/d.vmdk,' -Pcf disk d.ovf d.vmdk",
            "no folders",
        ),
        (
            "a name that leads up, with an accent",
            "a=$(printf '\\314\\201'); tar --format=ustar --transform \"s,d.vmdk,../${a}d.vmdk,\" -Pcf disk d.ovf d.vmdk",
            "no folders",
        ),
        ("a link to a secret", "ln -sf /etc/shadow d.vmdk; tar --format=ustar -cf disk d.ovf d.vmdk", "ordinary file"),
        ("a second name", "ln d.ovf e; tar --format=ustar -cf disk d.ovf e d.vmdk", "ordinary file"),
        ("a folder", "mkdir a; tar --format=ustar -cf disk a d.ovf d.vmdk", "ordinary file"),
        (
            "a GNU long name", "n=$(printf 'x%.0s' $(seq 120)); cp d.vmdk $n; tar --format=gnu -cf disk d.ovf $n",
            "ordinary file",
        ),
        (
            "a long name that leads up",
            "n=$(printf 'x%.0s' $(seq 120)); tar --format=pax --transform \"s,d.vmdk,../$n,\" -Pcf disk d.ovf d.vmdk",
            "no folders",
        ),
        ("the disk twice", "tar --format=ustar --hard-dereference -cf disk d.ovf d.vmdk d.vmdk", "2 times"),
        ("no disk", "tar --format=ustar -cf disk d.ovf", "0 times"),
        ("no description", "tar --format=ustar -cf disk d.vmdk", "0 OVF descriptions"),
        ("two descriptions", "cp d.ovf e.ovf; tar --format=ustar -cf disk d.ovf e.ovf d.vmdk", "2 OVF descriptions"),
        (
            "two disks", "cp two.ovf d.ovf; cp d.vmdk e.vmdk; tar --format=ustar -cf disk d.ovf d.vmdk e.vmdk",
            "2 disks",
        ),
        ("a compressed disk", "cp gzip.ovf d.ovf; tar --format=ustar -cf disk d.ovf d.vmdk", "compressed"),
        (
            "a description that is no XML", "echo '<a>' > d.ovf; tar --format=ustar -cf disk d.ovf d.vmdk",
            "well-formed",
        ),
        ("a cut end", "tar --format=ustar -cf disk d.ovf d.vmdk; truncate -s 20000 disk", "cut off"),
        ("a cut tail", "tar --format=ustar -b1 -cf disk d.ovf d.vmdk; truncate -s -1024 disk", "cut off"),
        (
            "a damaged header",
            "tar --format=ustar -cf disk d.ovf d.vmdk; printf 'x' | dd of=disk bs=1 seek=2 conv=notrunc status=none",
            "damaged",
        ),
        ("a disk that is none", "cp raw d.vmdk; tar --format=ustar -cf disk d.ovf d.vmdk", "no format"),
        (
            "a disk on another disk",
            "rm d.vmdk; qemu-img create -q -u -f qcow2 -b /etc/shadow -F raw d.vmdk 1M; truncate -s %512 d.vmdk; "
                + "tar --format=ustar -cf disk d.ovf d.vmdk",
            "stands on another one",
        ),
    ]

    @Test("An archive that is not one machine with one disk is refused", .timeLimit(.minutes(1)), arguments: 0..<20)
    func refusesArchive(_ number: Int) async throws {
        try await StateFolder.with { folder in
            let archive = Self.archives[number]
            let scratch = folder.scratch
            try TestDisks.makePattern(at: "\(scratch)/raw", mebibytes: 8)
            for (name, text) in [
                ("d.ovf", OVAFixture.description(disks: ["d.vmdk"])),
                ("two.ovf", OVAFixture.description(disks: ["d.vmdk", "e.vmdk"])),
                ("gzip.ovf", OVAFixture.description(disks: ["d.vmdk"], compression: " ovf:compression=\"gzip\"")),
            ] {
                try text.write(toFile: "\(scratch)/\(name)", atomically: true, encoding: .utf8)
            }
            let make = "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized raw d.vmdk; \(archive.making)"
            try TestDisks.run(["sh", "-ec", make], in: scratch)
            let order = ImageImportOrder(id: "it", title: "It", path: "\(scratch)/disk")
            let refusal = try #require(await failure { _ = try await folder.images().importDisk(order) { _ in } })
            #expect(refusal.code == .invalidInput, "\(archive.what)")
            #expect(refusal.message.contains(archive.saying), "\(archive.what): \(refusal)")
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }
}
