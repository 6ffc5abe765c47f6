import APIClient
import APIContract
import Foundation
import Glibc
import SessionModel
import Synchronization

/// Files from here into a session's machine.
struct Upload: Sendable {
    let client: SandglassClient
    let session: String

    /// Copies one file, or standard input.
    func file(_ place: CopyPlace, _ request: UploadRequest) async throws {
        var request = request
        guard place != .pipe else { return try await send(STDIN_FILENO, of: nil, request) }
        let file = try LocalFile.open(place.path, O_RDONLY)
        defer { close(file) }
        let status = try LocalFile.status(of: file, place.path)
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure(.usage, "\(place.path) is a folder; copy it with -r")
        }
        request.mode = status.st_mode & 0o777
        if request.path.hasSuffix("/") { request.path += URL(filePath: place.path).lastPathComponent }
        try await send(file, of: status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil, request)
    }

    /// Copies a folder with everything in it.
    func folder(_ path: String, _ request: UploadRequest) async throws {
        let folder = URL(filePath: path).standardizedFileURL
        let archive = Pipe()
        let tar = try LocalTar.start(
            ["-C", folder.deletingLastPathComponent().path, "-c", "--owner=0", "--group=0", "-f", "-", "--"]
                + [folder.lastPathComponent],
            output: archive,
        )
        defer { tar.terminate() }
        try await send(archive.fileHandleForReading.fileDescriptor, of: nil, request)
        try LocalTar.finish(tar)
    }

    private func send(_ descriptor: Int32, of size: Int?, _ request: UploadRequest) async throws {
        let (input, progress) = (try TypedInput(descriptor), TransferProgress(request.path, of: size))
        defer { progress.end() }
        try await client.upload(request, in: session, SentBytes(input: input, size: size, progress: progress))
    }
}

/// What is read here, piece by piece, until it ends.
private struct SentBytes: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let input: TypedInput
    /// How much there must be; `nil` when nobody knows.
    let size: Int?
    let progress: TransferProgress

    func makeAsyncIterator() -> Iterator { Iterator(bytes: self) }

    struct Iterator: AsyncIteratorProtocol {
        let bytes: SentBytes
        private var sent = 0

        init(bytes: SentBytes) { self.bytes = bytes }

        mutating func next() async throws -> [UInt8]? {
            switch await bytes.input.next() {
            case .bytes(let piece):
                sent += piece.count
                bytes.progress.add(piece.count)
                return piece
            case .failed(let why): throw CommandFailure(.failed, "what is to be copied cannot be read: \(why)")
            case .end, .silence: break
            }
            // Cut off is not finished: half a file must not become one.
            try Task.checkCancellation()
            guard sent >= bytes.size ?? 0 else {
                throw CommandFailure(.failed, "only \(sent) bytes of \(bytes.size ?? 0) could be read")
            }
            return nil
        }
    }
}

/// Files from a session's machine to here.
struct Download: Sendable {
    let client: SandglassClient
    let session: String

    /// Copies one file, to standard output too.
    func file(_ request: ProgramMessage.Copy, _ place: CopyPlace) async throws {
        guard place != .pipe else { return _ = try await receive(request, into: STDOUT_FILENO) }
        let name = GuestPath.parts(of: request.path).name
        let file = try NewFile(at: place.path, named: name)
        defer { file.abandon() }
        let end = try await receive(request, into: file.descriptor)
        try file.finish(mode: end.mode ?? 0o644)
    }

    /// Copies a folder with everything in it into one that exists.
    func folder(_ request: ProgramMessage.Copy, _ path: String) async throws {
        let fresh = try FreshFolder(in: path, for: request.members ?? [])
        defer { fresh.remove() }
        do {
            try await unpack(request, in: fresh.path)
        } catch {
            // What was copied until a failure stays; the failure at hand matters more than one of that.
            try? fresh.release()
            throw error
        }
        try fresh.release()
    }

    private func unpack(_ request: ProgramMessage.Copy, in folder: String) async throws {
        let archive = Pipe()
        let tar = try LocalTar.unpacking(in: folder, archive)
        defer { tar.terminate() }
        let writing = archive.fileHandleForWriting
        do {
            _ = try await receive(request, into: writing.fileDescriptor)
        } catch let failure as CommandFailure where failure.status == .outputClosed {
            // It has said why.
        }
        try writing.close()
        try LocalTar.finish(tar)
    }

    private func receive(_ request: ProgramMessage.Copy, into descriptor: Int32) async throws -> ProgramMessage.End {
        let (output, progress) = (ShownOutput(descriptor), TransferProgress(request.path, of: nil))
        defer { progress.end() }
        return try await client.withCopy(request, in: session) { outputs, writer in
            try await writer.finish()
            return try await Transfer.follow(outputs) { bytes in
                try await output.show(bytes)
                progress.add(bytes.count)
            }
        }
    }
}

/// What comes out of a machine.
enum Transfer {
    /// Takes what comes until the copy is complete.
    ///
    /// - Throws: ``CommandFailure`` with what the machine's tar complained of, with `connectionLost`.
    static func follow(
        _ outputs: ProgramOutputs,
        _ take: ([UInt8]) async throws -> Void,
    ) async throws -> ProgramMessage.End {
        var complaint: [UInt8] = []
        for try await said in outputs {
            switch said {
            case .output(let bytes): try await take(bytes)
            case .errors(let bytes): complaint += bytes.prefix(1_000 - complaint.count)
            case .ended(let end):
                guard end.status == 0 else {
                    let said = PlainText.clean(String(decoding: complaint, as: UTF8.self))
                    throw CommandFailure(.failed, "the machine did not copy all of it: \(said)")
                }
                return end
            }
        }
        throw CommandFailure(.connectionLost, "the connection was lost, and not everything was copied")
    }
}

/// The line that says how much was copied; only where lines can be written over.
final class TransferProgress: Sendable {
    private struct State {
        var line = StatusLine()
        var count = 0
        var shownAt = ContinuousClock.now
    }

    private static let interval: Duration = .milliseconds(200)
    private let what: String
    private let size: Int?
    private let state = Mutex(State())

    init(_ what: String, of size: Int?) {
        self.what = what
        self.size = size
    }

    /// Counts bytes.
    func add(_ count: Int) {
        state.withLock { state in
            state.count += count
            guard state.line.isLive, state.shownAt.duration(to: .now) > Self.interval else { return }
            state.shownAt = .now
            let megabytes = "\(state.count / 1_000_000) MB"
            let fraction = size.flatMap { $0 > 0 ? Double(state.count) / Double($0) : nil }
            state.line.show(
                ProgressBar.text(step: "\(what)  \(megabytes)", fraction: fraction, columns: state.line.columns)
            )
        }
    }

    /// Removes the line.
    func end() { state.withLock { $0.line.clear() } }
}

/// A file that appears under its name when it is complete.
final class NewFile: Sendable {
    let descriptor: Int32
    private let path: String
    /// `nil` when what is there is no ordinary file and is written into as it is.
    private let temporary: String?
    private let isOpen = Mutex(true)

    /// Makes it at a path, or under a name in a folder that is there.
    init(at place: String, named name: String) throws {
        var status = stat()
        var path = place
        var exists = stat(path, &status) == 0
        if exists && status.st_mode & S_IFMT == S_IFDIR || place.hasSuffix("/") {
            path = "\(place)/\(name)"
            exists = stat(path, &status) == 0
        }
        self.path = path
        if exists && status.st_mode & S_IFMT == S_IFDIR {
            throw CommandFailure(.usage, "\(path) is a folder")
        }
        if exists && status.st_mode & S_IFMT != S_IFREG {
            temporary = nil
            descriptor = try LocalFile.open(path, O_WRONLY)
        } else {
            // Nobody else's: the name is drawn, and is not there yet.
            let beside = "\(path).\(UUID().uuidString.prefix(8))"
            temporary = beside
            descriptor = Glibc.open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw LocalFile.failure(path, "cannot be written") }
        }
    }

    /// Gives it its permissions and its name.
    func finish(mode: UInt32) throws {
        guard let temporary else { return }
        guard fchmod(descriptor, mode & 0o777) == 0, rename(temporary, path) == 0 else {
            throw LocalFile.failure(path, "cannot be written")
        }
        isOpen.withLock { $0 = false }
        close(descriptor)
    }

    /// Removes what was written, unless it is finished.
    func abandon() {
        guard
            isOpen.withLock({ isOpen in
                defer { isOpen = false }
                return isOpen
            })
        else { return }
        close(descriptor)
        if let temporary { unlink(temporary) }
    }
}

/// Files of this host.
enum LocalFile {
    static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened") }
        return descriptor
    }

    static func status(of file: Int32, _ path: String) throws -> stat {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, "cannot be read") }
        return status
    }

    /// A name from elsewhere that becomes one of a file here.
    ///
    /// - Throws: ``CommandFailure`` with `failed` when it would lead out of its folder, or hide.
    static func name(_ text: String) throws -> String {
        guard text.pathParts.count == 1, !text.isEmpty, text.utf8.first != UInt8(ascii: "."),
            PlainText.clean(text) == text
        else {
            throw CommandFailure(.failed, "the service names a file \"\(PlainText.clean(text))\"")
        }
        return text
    }

    /// Whether something has that path, be it a link that leads nowhere.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The failure that `errno` tells of.
    static func failure(_ path: String, _ what: String) -> CommandFailure {
        CommandFailure(errno == ENOENT ? .notFound : .failed, "\(path) \(what): \(String(cString: strerror(errno)))")
    }
}

/// This host's tar, which says what goes wrong by itself.
enum LocalTar {
    /// Unpacks what comes out of a machine.
    ///
    /// Whoever is root there decides what is in it. Nothing of it becomes a program that runs as its owner, as root's own
    /// tar would have it; nor a device, which root could make.
    static func unpacking(in folder: String, _ archive: Pipe) throws -> Process {
        try start(
            ["-C", folder, "-x", "--no-same-owner", "--no-same-permissions", "-f", "-"],
            through: geteuid() == 0 ? ["setpriv", "--bounding-set=-mknod", "--"] : [],
            input: archive,
        )
    }

    static func start(
        _ arguments: [String],
        through command: [String] = [],
        input: Pipe? = nil,
        output: Pipe? = nil,
    ) throws -> Process {
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = command + ["tar"] + arguments
        tar.standardInput = input ?? FileHandle.nullDevice
        tar.standardOutput = output ?? FileHandle.nullDevice
        try tar.run()
        return tar
    }

    /// Waits for its end, which is near.
    static func finish(_ tar: Process) throws {
        tar.waitUntilExit()
        guard tar.terminationStatus == 0 else {
            throw CommandFailure(.failed, "tar ended with status \(tar.terminationStatus); not everything was copied")
        }
    }
}
