package import GuestProtocol

extension GuestConnection {
    /// Writes a file: beside its name, made durable, then renamed.
    ///
    /// What is there is the old file or the whole new one.
    ///
    /// - Parameters:
    ///   - contents: The contents in pieces of any size; a failure of theirs leaves the old file.
    ///   - path: An absolute path whose folder exists.
    ///   - mode: Its permission bits.
    ///   - user: Whose it is; a name or a number.
    ///   - group: A name or a number; `nil` for the user's own.
    /// - Throws: ``GuestLinkFailure``, for example with `notFound` or `refused`, or what the contents threw.
    package func put(
        _ contents: some AsyncSequence<[UInt8], any Error> & Sendable,
        at path: String,
        mode: UInt32 = 0o644,
        user: String = "root",
        group: String? = nil,
    ) async throws {
        let request = PutFileRequest(
            path: Array(path.utf8),
            mode: mode,
            user: Array(user.utf8),
            group: Array((group ?? "").utf8),
        )
        let stream = try await open(.putFile(request)).stream
        try await Self.send(contents, to: stream, "writing \(path)")
    }

    /// Writes a small file; see ``put(_:at:mode:user:group:)-(AsyncSequence,_,_,_,_)``.
    package func put(
        bytes: [UInt8],
        at path: String,
        mode: UInt32 = 0o644,
        user: String = "root",
        group: String? = nil,
    ) async throws {
        let contents = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(bytes)
            continuation.finish()
        }
        try await put(contents, at: path, mode: mode, user: user, group: group)
    }

    /// Reads a file.
    ///
    /// - Throws: ``GuestLinkFailure`` with `notFound`, `refused`, or `invalid` when it is no ordinary file.
    package func get(_ path: String) async throws -> GuestDownload {
        let (stream, opened) = try await open(.getFile(path: Array(path.utf8)))
        guard case .file(let attributes) = opened else {
            throw GuestLinkFailure(.nonsense, "the guest opened something else than a file")
        }
        return GuestDownload(stream: stream, what: "reading \(path)", attributes: attributes)
    }

    /// Unpacks a tar archive into a folder that exists, with the guest's own tar.
    ///
    /// - Parameters:
    ///   - archive: The archive in pieces of any size.
    ///   - directory: The folder.
    ///   - user: As whom; root keeps the owners the archive names.
    /// - Throws: ``GuestLinkFailure``, or what the archive threw; what was unpacked until then stays.
    package func unpack(
        _ archive: some AsyncSequence<[UInt8], any Error> & Sendable,
        into directory: String,
        user: String = "root",
    ) async throws {
        let request = TarRequest(directory: Array(directory.utf8), user: Array(user.utf8))
        let stream = try await open(.tarIn(request)).stream
        async let complaint = stream.errors.collect(upTo: 1_000)
        do {
            try await Self.send(archive, to: stream, "unpacking into \(directory)")
        } catch let failure as GuestLinkFailure where failure.code == .refused || failure.code == .ended {
            let said = GuestText.plain(try await complaint.bytes)
            throw GuestLinkFailure(.refused, said.isEmpty ? failure.message : "\(failure.message): \(said)")
        }
        _ = try await complaint
    }

    /// Packs a folder, or some of its members, with the guest's own tar.
    ///
    /// - Throws: ``GuestLinkFailure``; that tar failed is only known at the end, see ``GuestDownload/finish()``.
    package func pack(_ directory: String, members: [String] = [], user: String = "root") async throws -> GuestDownload
    {
        let request = TarRequest(
            directory: Array(directory.utf8),
            user: Array(user.utf8),
            members: members.map { Array($0.utf8) },
        )
        let stream = try await open(.tarOut(request)).stream
        return GuestDownload(stream: stream, what: "packing \(directory)", attributes: nil)
    }

    private static func send(
        _ contents: some AsyncSequence<[UInt8], any Error>,
        to stream: GuestStream,
        _ what: String,
    ) async throws {
        do {
            for try await piece in contents { try await stream.write(piece) }
            await stream.finishInput()
        } catch let failure as GuestLinkFailure where failure.code == .ended {
            // It ended before it had everything: the outcome says why.
        }
        try await stream.succeed(what)
    }
}

/// Bytes that a guest sends, and whether they are all.
///
/// Dropping it ends the transfer.
package struct GuestDownload: Sendable {
    let stream: GuestStream
    let what: String
    /// A file's properties when it was opened; `nil` of an archive.
    package let attributes: FileAttributes?

    /// The bytes.
    ///
    /// Read them all, then ``finish()``.
    package var contents: GuestBytes { stream.output }

    /// Makes sure that the bytes were all; call it when ``contents`` has ended.
    ///
    /// - Throws: ``GuestLinkFailure`` with `refused` and what went wrong.
    package func finish() async throws {
        async let complaint = stream.errors.collect(upTo: 1_000)
        do {
            try await stream.succeed(what)
        } catch let failure as GuestLinkFailure where failure.code == .refused {
            let said = GuestText.plain(try await complaint.bytes)
            throw said.isEmpty
                ? failure : GuestLinkFailure(.refused, "\(failure.message): \(said)", errorNumber: failure.errorNumber)
        }
        _ = try await complaint
    }
}
