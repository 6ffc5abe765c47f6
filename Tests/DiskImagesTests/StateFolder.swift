import DiskImages
import Foundation
import Glibc
import Logging
import SessionModel
import TestKit

/// A state folder of its own for each test, and what tests do with one.
struct StateFolder: Sendable {
    let layout: DiskLayout
    /// A folder beside the state for files that a test makes.
    let scratch: String

    /// A user id for machines: root may give files away, others keep them.
    static let userID: UInt32 = geteuid() == 0 ? 200_777 : geteuid()
    /// A group id for machines, likewise.
    static let groupID: UInt32 = geteuid() == 0 ? 200_778 : getegid()

    /// Runs a test with a prepared state folder and removes it afterwards.
    static func with<Result>(_ body: (StateFolder) async throws -> Result) async throws -> Result {
        let base = FileManager.default.temporaryDirectory.path + "/sandglass-disks-\(UUID().uuidString)"
        let folder = StateFolder(layout: DiskLayout(state: base + "/state"), scratch: base + "/scratch")
        try FileManager.default.createDirectory(atPath: folder.scratch, withIntermediateDirectories: true)
        // What is left is in the folder for temporary files.
        defer { try? FileManager.default.removeItem(atPath: base) }
        try folder.layout.prepare()
        return try await body(folder)
    }

    /// A store of overlays.
    func overlays() -> OverlayStore {
        OverlayStore(layout: layout, groupID: Self.groupID, logger: Logger(label: "test"))
    }

    /// What a store of images asks others for; imports may be 64 MiB large and every one shows a shell.
    func surroundings(
        bootTest: @escaping @Sendable (Image) async throws -> Image.Console = { _ in .serialShell }
    ) -> ImageStore.Surroundings {
        ImageStore.Surroundings(
            recipe: { throw Failure(.notFound, "there is no recipe \"\($0)\"") },
            importLimit: { .mebibytes(64) },
            bootTest: bootTest,
            now: { Timestamp(milliseconds: 1_700_000_000_000) },
        )
    }

    /// A store of images.
    func images(
        bootTest: @escaping @Sendable (Image) async throws -> Image.Console = { _ in .serialShell }
    ) -> ImageStore {
        ImageStore(layout: layout, surroundings: surroundings(bootTest: bootTest), logger: Logger(label: "test"))
    }

    /// Imports a raw disk of 4 MiB with the pattern of ``TestDisks``.
    @discardableResult
    func importPattern(_ id: ImageID = "plain", firmware: ImageImportOrder.Firmware? = nil) async throws -> Image {
        let raw = "\(scratch)/\(id).raw"
        try TestDisks.makePattern(at: raw, mebibytes: 4)
        let order = ImageImportOrder(id: id, title: "Plain", path: raw, format: .raw, firmware: firmware)
        return try await images().importDisk(order) { _ in }
    }

    /// A machine that stands on an image.
    func machine(
        _ number: UInt64,
        on image: ImageID = "plain",
        session: SessionID? = SessionID("aaaaaaaaaa"),
        role: Machine.Role? = nil,
        disk: ByteCount? = nil,
        fork: Fork? = nil,
    ) throws -> Machine {
        let limits = Policy.ResourceLimits(vcpus: 1, cpuPercent: 100, memory: .mebibytes(4), disk: .gibibytes(1))
        let policy = Policy(
            id: PolicyID(unchecked: "test"),
            title: LocalizedText(["en": "Test"]),
            time: Policy.TimeLimits(limit: .seconds(60)),
            resources: limits,
            isolation: .any,
            concurrency: Policy.Concurrency(perPerson: 1, host: 1),
        )
        var specification = try MachineSpecification(shape: MachineShape(name: "main", image: image), policy: policy)
        specification.disk = disk
        let text = String(number, radix: 16)
        guard let id = MachineID("00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - text.count) + text)
        else { throw Failure(.internal, "not a machine id") }
        return Machine(
            id: id,
            session: session,
            role: role,
            name: "main",
            specification: specification,
            userID: Self.userID,
            fork: fork,
        )
    }

    /// Owner and mode of what has that path.
    func rights(_ path: String) throws -> Rights {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Failure(.storage, "there is no \(path)") }
        return Rights(user: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777)
    }

    struct Rights: Equatable {
        var user: UInt32
        var group: UInt32
        var mode: UInt32
    }

    /// Changes one byte of a file, whatever its mode, and nothing else that can be set.
    func flipByte(of path: String, at offset: Int) throws {
        var before = stat()
        guard lstat(path, &before) == 0 else { throw Failure(.storage, "there is no \(path)") }
        chmod(path, 0o644)
        guard let file = fopen(path, "r+") else { throw Failure(.storage, "cannot open \(path)") }
        fseek(file, offset, SEEK_SET)
        let byte = fgetc(file)
        fseek(file, offset, SEEK_SET)
        fputc(byte ^ 1, file)
        fclose(file)
        chmod(path, before.st_mode & 0o7777)
        var times = [before.st_atim, before.st_mtim]
        utimensat(AT_FDCWD, path, &times, 0)
    }

    /// Names of what is in a folder.
    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

extension ImageID: ExpressibleByStringLiteral {
    package init(stringLiteral name: String) { self.init(unchecked: name) }
}

/// The failure a body throws; `nil` when it throws none or something else.
func failure(of body: () async throws -> Void) async -> Failure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? Failure
    }
}
