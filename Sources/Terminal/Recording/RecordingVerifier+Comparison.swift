import Crypto
import SessionModel

extension RecordingVerifier {
    /// Reads a recording and its digests side by side, to the end of both, and notes where they part.
    struct Comparison {
        private let files: RecordingFiles
        private let cast: Side
        private let chain: Side

        private var header: CastHeader?
        private var digests = HashChain()
        /// The first line whose digest is another one than was noted.
        private var disagreement: Int?
        /// Whether the line after that one agrees again, as it does when only its digest was changed.
        private var agreesAgain = false
        /// Lines of the digests.
        private var entries = 0

        init(_ files: RecordingFiles, _ names: Set<String>, isSealed: Bool, on disk: any RecordingDisk) throws {
            self.files = files
            guard let cast = try Side(files.cast, files.packedCast, names, isSealed: isSealed, on: disk) else {
                throw Finding(.castMissing, "there is no recording")
            }
            self.cast = cast
            guard let chain = try Side(files.chain, files.packedChain, names, isSealed: isSealed, on: disk) else {
                throw Finding(
                    .chainMissing,
                    "there are no digests; \(files.stem).chain or its compressed form is missing",
                )
            }
            self.chain = chain
        }

        /// Reads everything, yielding now and then.
        mutating func run() async throws {
            while let line = try cast.nextLine() {
                try step(line)
                guard digests.lines % 32 == 0 else { continue }
                try Task.checkCancellation()
                await Task.yield()
            }
            while try chain.nextLine() != nil { entries += 1 }
        }

        private mutating func step(_ line: ArraySlice<UInt8>) throws {
            let number = digests.lines
            if number == 0 { header = CastHeader(line: line) }
            digests.add(line)
            guard let entry = try chain.nextLine() else { return }
            entries += 1
            let agrees = entry.elementsEqual(digests.entry.dropLast())
            if let disagreement {
                if number == disagreement + 1 { agreesAgain = agrees }
            } else if !agrees {
                disagreement = number
            }
        }

        /// Judges a recording that was sealed.
        func verdict(_ seal: RecordingSeal) throws -> RecordingVerdict {
            let chainIsRight = chain.damage == nil && chain.digest == seal.chainDigest
            guard cast.damage == nil, cast.digest == seal.castDigest else {
                throw castFinding(lines: seal.lines, chainIsRight: chainIsRight)
            }
            guard chainIsRight else { throw chainFinding() }
            guard seal.lines == digests.lines, seal.bytes == cast.count, seal.head == Hexadecimal.text(digests.head),
                header?.origin == seal.origin
            else { throw Finding(.sealAltered, "the seal was signed, but contradicts itself") }
            for (side, digest) in [(cast, seal.packedCastDigest), (chain, seal.packedChainDigest)] {
                guard side.packedDigest ?? digest == digest else {
                    throw Finding(.packingAltered, "\(side.name) holds what was sealed, but is not the file that was")
                }
            }
            return .intact(seal)
        }

        /// Judges a recording that was not sealed.
        func verdict(expecting label: RecordingLabel?) throws -> RecordingVerdict {
            guard digests.lines > 0 else { throw Finding(.castTruncated, line: 0, "the recording has no line") }
            if let disagreement {
                let isCut = chain.isTorn && disagreement == entries - 1
                guard !agreesAgain, !isCut else { throw chainFinding() }
                throw castFinding(lines: entries, chainIsRight: true, disagreement: disagreement)
            }
            guard let origin = header?.origin, label == nil || origin.label == label,
                origin.label.terminal == files.terminal, origin.part == files.part
            else { throw Finding(.otherRecording, line: 0, "the header is not that of this recording") }
            if cast.isTorn || digests.lines < entries { throw castFinding(lines: entries, chainIsRight: true) }
            if chain.damage != nil || chain.isTorn { throw chainFinding() }
            guard digests.lines == entries else {
                throw Finding(
                    .castAltered,
                    line: entries,
                    "line \(entries) has no digest: it was added, or the recording is still being written",
                )
            }
            return .unsealed(lines: digests.lines, head: Hexadecimal.text(digests.head))
        }

        private func castFinding(lines: Int, chainIsRight: Bool, disagreement: Int? = nil) -> Finding {
            let doubt = chainIsRight ? "" : "; the digests were altered too, so that may be one of several"
            let disagreement = disagreement ?? self.disagreement
            if cast.isTorn, disagreement ?? digests.lines - 1 == digests.lines - 1 {
                let line = digests.lines - 1
                return Finding(.castTruncated, line: line, "line \(line) is cut off\(doubt)")
            }
            if let line = disagreement {
                return Finding(.castAltered, line: line, "line \(line) is not what was written\(doubt)")
            }
            if let damage = cast.damage {
                return Finding(
                    .castAltered,
                    line: digests.lines,
                    "from line \(digests.lines) on it cannot be read: \(cast.name) \(damage)",
                )
            }
            if digests.lines < lines {
                return Finding(
                    .castTruncated,
                    line: digests.lines,
                    "there are \(digests.lines) lines of \(lines); the first that is missing is line \(digests.lines)\(doubt)",
                )
            }
            if chainIsRight, digests.lines > lines {
                return Finding(.castAltered, line: lines, "line \(lines) was added: there were \(lines) lines")
            }
            return Finding(
                .castAltered,
                "it is not what was sealed; the digests were altered too, so no line can be named",
            )
        }

        private func chainFinding() -> Finding {
            if let disagreement {
                return Finding(
                    .chainAltered,
                    line: disagreement,
                    "the recording is right, its digest of line \(disagreement) is not",
                )
            }
            if let damage = chain.damage { return Finding(.chainAltered, "\(chain.name) \(damage)") }
            let line = chain.isTorn ? entries - 1 : min(entries, digests.lines)
            return Finding(
                .chainAltered,
                line: line,
                "the recording is right, its digests are not, from that of line \(line) on",
            )
        }
    }

    /// One of the two files, compressed or not.
    private final class Side {
        /// The file's name.
        let name: String
        private let packed: FileSource?
        private let source: DigestedSource
        private var lines: LineReader
        /// Why the rest of it cannot be expanded.
        private(set) var damage: String?
        /// Whether its last line has no newline.
        private(set) var isTorn = false

        init?(
            _ path: String,
            _ packedPath: String,
            _ names: Set<String>,
            isSealed: Bool,
            on disk: any RecordingDisk,
        ) throws {
            if isSealed, names.contains(RecordingFiles.name(of: packedPath)) {
                name = RecordingFiles.name(of: packedPath)
                let packed = FileSource(try disk.open(packedPath, for: .reading))
                self.packed = packed
                source = DigestedSource(try GunzipSource(packed))
            } else if names.contains(RecordingFiles.name(of: path)) {
                name = RecordingFiles.name(of: path)
                packed = nil
                source = DigestedSource(FileSource(try disk.open(path, for: .reading)))
            } else {
                return nil
            }
            lines = LineReader(source)
        }

        func nextLine() throws -> ArraySlice<UInt8>? {
            guard damage == nil, !isTorn else { return nil }
            do {
                guard let (line, ending) = try lines.next() else { return nil }
                isTorn = ending == .torn
                return line
            } catch let damage as GunzipSource.Damage {
                self.damage = damage.what
                return nil
            }
        }

        /// SHA-256 of what was compressed.
        var digest: String { Hexadecimal.text(source.digest) }
        /// Bytes of what was compressed.
        var count: Int64 { source.count }
        /// SHA-256 of the compressed file; `nil` when it is not.
        var packedDigest: String? { packed.map { Hexadecimal.text($0.digest) } }
    }
}
