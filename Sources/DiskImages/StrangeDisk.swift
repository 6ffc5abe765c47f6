import Foundation
import SessionModel

/// A stranger's disk file, read only through a ``DiskSandbox``.
struct StrangeDisk {
    /// The host path of the file.
    let path: String
    /// What the file was when it was inspected.
    let stamp: FileStamp
    /// Where in the file the disk is; `nil` when the file is the disk.
    let part: (start: Int64, length: Int64)?
    /// Its format.
    let format: ImageImportOrder.Format

    /// Refuses a disk that the disk tool does not take for whole, sound and within the limit.
    ///
    /// - Returns: Bytes the guest sees.
    /// - Throws: ``Failure`` with `invalidInput` or `policyRefused`, or `hostUnfit`.
    func examine(in sandbox: DiskSandbox, limit: ByteCount) async throws -> ByteCount {
        let text = try await DiskSandbox.explaining("the disk cannot be read as \(format.rawValue); it is damaged") {
            try await tool("qemu-img info", ["info", "--output=json", "--image-opts", options], sandbox).output()
        }
        let report: Report
        do {
            report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        } catch {
            throw Failure(.hostTool, "qemu-img info says something that is not understood", cause: error)
        }
        guard report.backing == nil, report.fullBacking == nil else {
            throw Failure(.invalidInput, "the disk stands on another one; merge them first with qemu-img convert")
        }
        guard report.encrypted != true else {
            throw Failure(.invalidInput, "the disk is encrypted; import it unencrypted")
        }
        guard report.virtualSize > 0, report.virtualSize <= limit.bytes else {
            throw Failure(
                .policyRefused,
                "the disk is \(report.virtualSize >> 20) MiB large for its guest, at most \(limit.mebibytes) MiB are allowed",
            )
        }
        if format.isCheckable {
            try await DiskSandbox.explaining("the disk is damaged or cut off; copy it again") {
                do {
                    _ = try await tool("qemu-img check", ["check", "--image-opts", options], sandbox).output()
                } catch let failure as Failure {
                    // Status 3: space inside the file that nothing uses. It does not come along.
                    guard let said = failure.cause as? ToolMessage, said.exitStatus == 3 else { throw failure }
                }
            }
        }
        return ByteCount(bytes: report.virtualSize)
    }

    /// Writes the disk's content as qcow2 to an existing, empty file.
    func convert(
        to target: String,
        in sandbox: DiskSandbox,
        progress: @escaping ImageProgressHandler,
    ) async throws {
        let step = "converting the disk"
        await progress(ImageProgress(step: step, fraction: 0))
        let arguments = ["convert", "-p", "-O", "qcow2", "--image-opts", options, DiskSandbox.target]
        try await DiskSandbox.explaining("the disk cannot be read to its end; it is damaged or cut off") {
            try await tool("qemu-img convert", arguments, sandbox, target: target).follow { line in
                if let done = QemuImg.fraction(line) { await progress(ImageProgress(step: step, fraction: done)) }
            }
        }
    }

    /// Writes the first bytes that the guest sees, raw, to an existing, empty file.
    func copyHead(to target: String, in sandbox: DiskSandbox) async throws {
        let arguments = [
            "dd", "-f", format.driver, "-O", "raw", "bs=1048576", "count=1", "if=\(DiskSandbox.source)",
            "of=\(DiskSandbox.target)",
        ]
        try await DiskSandbox.explaining("the beginning of the disk cannot be read") {
            _ = try await tool("qemu-img dd", arguments, sandbox, target: target).output()
        }
    }

    /// The format is always said: told to guess, the tool would believe what a guest wrote.
    private var options: String {
        let file = "driver=file,filename=\(DiskSandbox.source),locking=off"
        func prefixed(_ prefix: String) -> String {
            file.split(separator: ",").map { prefix + $0 }.joined(separator: ",")
        }
        guard let part else { return "driver=\(format.driver)," + prefixed("file.") }
        return "driver=\(format.driver),file.driver=raw,file.offset=\(part.start),file.size=\(part.length),"
            + prefixed("file.file.")
    }

    private func tool(
        _ name: String,
        _ arguments: [String],
        _ sandbox: DiskSandbox,
        target: String? = nil,
    ) throws -> HostTool {
        try sandbox.tool(name, ["qemu-img"] + arguments, source: path, stamp: stamp, target: target)
    }

    /// The part of the tool's report that decides.
    private struct Report: Decodable {
        var virtualSize: Int64
        var backing: String?
        var fullBacking: String?
        var encrypted: Bool?

        private enum CodingKeys: String, CodingKey {
            case virtualSize = "virtual-size"
            case backing = "backing-filename"
            case fullBacking = "full-backing-filename"
            case encrypted
        }
    }
}
