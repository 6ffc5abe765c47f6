import CZlib
import SessionModel

/// Compresses a stream; the same bytes always give the same result with the same zlib.
final class GzipWriter {
    // SAFETY: allocated here and freed in `deinit`; zlib keeps a pointer back to it, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() throws {
        stream.initialize(to: z_stream())
        guard sandglass_deflate_begin(stream, 6) == Z_OK else {
            stream.deallocate()
            throw Failure(.internal, "zlib cannot begin to compress")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Takes bytes; hands on what is ready.
    func write(_ bytes: [UInt8], to sink: ([UInt8]) throws -> Void) throws { try run(bytes, Z_NO_FLUSH, sink) }

    /// Hands on all the rest.
    func end(to sink: ([UInt8]) throws -> Void) throws { try run([], Z_FINISH, sink) }

    private func run(_ bytes: [UInt8], _ flush: Int32, _ sink: ([UInt8]) throws -> Void) throws {
        var bytes = bytes
        // SAFETY: zlib reads only the array, and holds no pointer to it once all of it is taken, which the loop sees to.
        try bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let ready = ZlibPiece.filled(by: stream) { deflate(stream, flush) }
                if !ready.isEmpty { try sink(ready) }
            } while stream.pointee.avail_out == 0
        }
    }
}

/// Expands a stream of one gzip member.
final class GunzipSource: ByteSource {
    /// Something that is not, or not only, a complete gzip member.
    struct Damage: Error {
        let what: String
    }

    // SAFETY: allocated here and freed in `deinit`; zlib keeps a pointer back to it, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let source: any ByteSource
    private var input: [UInt8] = []
    private var isAtEnd = false

    init(_ source: any ByteSource) throws {
        self.source = source
        stream.initialize(to: z_stream())
        guard sandglass_inflate_begin(stream) == Z_OK else {
            stream.deallocate()
            throw Failure(.internal, "zlib cannot begin to expand")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The next piece.
    ///
    /// - Throws: ``Damage``, or what the source throws.
    func next() throws -> [UInt8]? {
        while !isAtEnd {
            if input.isEmpty {
                guard let piece = try source.next() else { throw Damage(what: "ends too early") }
                input = piece
            }
            let (ready, status) = expand()
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END:
                isAtEnd = true
                guard input.isEmpty, try source.next() == nil else { throw Damage(what: "goes on after its end") }
            default: throw Damage(what: "is not what a compressor made")
            }
            if !ready.isEmpty { return ready }
        }
        return nil
    }

    private func expand() -> (ready: [UInt8], status: Int32) {
        var status = Z_OK
        var rest = 0
        // SAFETY: zlib reads only the array; what it has not read is kept in `input`, and no pointer outlives the call.
        let ready = input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            defer { rest = Int(stream.pointee.avail_in) }
            return ZlibPiece.filled(by: stream) {
                status = inflate(stream, Z_NO_FLUSH)
                return status
            }
        }
        input.removeFirst(input.count - rest)
        return (ready, status)
    }
}

/// One buffer of zlib's output.
private enum ZlibPiece {
    private static let size = 64 * 1024

    /// Calls zlib once, and returns what it wrote.
    // SAFETY: the caller owns the stream; zlib writes at most `size` bytes, and those it wrote are declared.
    static func filled(by stream: UnsafeMutablePointer<z_stream>, _ call: () -> Int32) -> [UInt8] {
        // SAFETY: as above; the pointer into the new array is not used after this.
        [UInt8](unsafeUninitializedCapacity: size) { output, filled in
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(size)
            _ = call()
            filled = size - Int(stream.pointee.avail_out)
        }
    }
}
