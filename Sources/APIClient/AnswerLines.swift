import AsyncHTTPClient
import NIOCore

/// The lines of an answer's body as they come.
struct AnswerLines: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let body: HTTPClientResponse.Body
    let address: ServiceAddress

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: body.makeAsyncIterator(), address: address)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        private var body: HTTPClientResponse.Body.AsyncIterator
        private let address: ServiceAddress
        private var cutter = LineCutter()
        private var ready: ArraySlice<[UInt8]> = []
        private var isOver = false

        init(body: HTTPClientResponse.Body.AsyncIterator, address: ServiceAddress) {
            self.body = body
            self.address = address
        }

        mutating func next() async throws -> [UInt8]? {
            while true {
                if let line = ready.popFirst() { return line }
                if isOver { return nil }
                let part: ByteBuffer?
                do {
                    part = try await body.next(isolation: #isolation)
                } catch {
                    throw address.explained(error)
                }
                if let part {
                    ready = try cutter.add(part.readableBytesView)[...]
                } else {
                    isOver = true
                    if let rest = cutter.rest() { ready = [rest] }
                }
            }
        }
    }
}
