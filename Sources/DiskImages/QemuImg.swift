import SessionModel

/// The disk tool on disks we made ourselves.
///
/// Disks of others go through ``DiskSandbox``.
enum QemuImg {
    /// Makes a qcow2 overlay, replacing what is there.
    ///
    /// The size is given and the image below not opened, which keeps this the few milliseconds that starting a program
    /// takes.
    ///
    /// - Parameters:
    ///   - path: Where to make it.
    ///   - image: Absolute path of the qcow2 disk below.
    ///   - size: Bytes the guest sees.
    /// - Throws: ``Failure`` with `hostTool` or `hostUnfit`, or `CancellationError`.
    static func makeOverlay(at path: String, on image: String, size: ByteCount) async throws {
        _ = try await HostTool(
            name: "qemu-img create",
            command: [
                "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", image, path, "\(size.bytes)",
            ],
        ).output()
    }

    /// Converts a raw disk to qcow2, uncompressed: a compressed one is 0.4 times as large and takes a guest three to five
    /// times the processor time to read.
    static func convert(_ raw: String, to disk: String) -> HostTool {
        HostTool(
            name: "qemu-img convert",
            command: ["qemu-img", "convert", "-p", "-f", "raw", "-O", "qcow2", raw, disk],
        )
    }

    /// How far a line of a conversion's progress (`(12.34/100%)`) says it has come, 0 to 1.
    static func fraction(_ line: String) -> Double? {
        guard line.hasPrefix("("), let end = line.firstIndex(of: "/"), line.hasSuffix("/100%)") else { return nil }
        return Double(line[line.index(after: line.startIndex)..<end]).map { $0 / 100 }
    }
}
