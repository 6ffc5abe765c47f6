import GuestProtocol
import NIOCore
import NIOPosix

/// A conversation with a guest's agent over the unix socket of its port.
///
/// ```text
///               hello said                     answered with our nonce
///  connect ───────────────────▶ greeting ────────────────────────────────▶ synced ──┐
///                               │   ▲ ▲ not answered: flush, hello again     │  ▲      │ streams, requests
///                               │   └─┘ (a fresh nonce each time)            │  └──────┘
///                               │          ▲                                 │
///                               │          └────── resync(): all void ───────┤
///          too long, too much garbage, closed                  closed, or a broken protocol
///                               ▼                                            ▼
///                              failed ◀──────────────────────────────────────┘   for good: connect anew
/// ```
///
/// The actor runs on its channel's event loop. Slow readers slow the guest's streams, never the socket; a guest that
/// sends what it was not granted is disconnected. Everything waits cancellably.
package actor GuestConnection {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    nonisolated let eventLoop: any EventLoop
    let patience: Patience
    var phase = Phase.greeting
    var decoder = FrameDecoder.forHost(nonce: [])
    var streams: [UInt32: StreamState] = [:]
    var requests: [UInt32: Request] = [:]
    var pings: [[UInt8]] = []
    var nextStream: UInt32 = 1
    var nextRequest: UInt32 = 1
    var channel: (any Channel)?
    /// Who waits for the greeting, a request or room in the channel.
    var waiting: [UInt64] = []
    private var continuations: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    private var nextWait: UInt64 = 0

    /// Where the conversation stands.
    enum Phase {
        case greeting
        case synced(GuestGreeting)
        case failed(GuestLinkFailure)
    }

    /// A control request that was sent.
    enum Request {
        case pending
        case answered(Answer)
        /// Nobody waits any more; the answer may still come.
        case abandoned
    }

    /// The answer to a control request.
    enum Answer {
        case statistics(GuestStatistics)
        case report(GuestReport)
    }

    /// How long an agent is waited for.
    package struct Patience: Sendable {
        /// Until a hello that is not answered is said again; doubled each time.
        ///
        /// A guest that is starting answers the
        /// first one when it is up.
        package var greetingInterval: Duration = .seconds(1)
        /// The longest time between two hellos.
        package var longestGreetingInterval: Duration = .seconds(16)
        /// For the answer to opening a stream.
        package var opening: Duration = .seconds(15)
        /// For the answer to a request.
        package var request: Duration = .seconds(15)
        /// How many bytes are discarded in search of an answer to hello before it is given up.
        package var garbage = 4 << 20

        /// The defaults.
        package init() {}
    }

    private init(on eventLoop: any EventLoop, patience: Patience) {
        self.eventLoop = eventLoop
        self.patience = patience
    }

    /// Connects and says hello.
    ///
    /// - Parameters:
    ///   - path: The socket; at most 107 bytes long, as the kernel wants it.
    ///   - limit: How long to wait for an answer. A socket nobody listens at is a failure at once.
    ///   - patience: How long to wait for everything after that, and when to say hello again.
    /// - Returns: The synced connection; close it.
    /// - Throws: ``GuestLinkFailure`` with `unreachable`, `silent`, `nonsense`, `version` or `gone`.
    package static func connect(
        to path: String,
        within limit: Duration = .seconds(30),
        patience: Patience = Patience(),
    ) async throws -> GuestConnection {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let connection = GuestConnection(on: eventLoop, patience: patience)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: eventLoop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
                // One read, then the other connections of the event loop: a flood starves nobody.
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelOption(.writeBufferWaterMark, value: .init(low: 65_536, high: 262_144))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(LinkHandler(connection))
                    }
                }
                .connect(unixDomainSocketPath: path).get()
        } catch {
            throw GuestLinkFailure(.unreachable, "nobody listens at the guest's port \(path)", cause: error)
        }
        do {
            try await connection.greet(on: channel, within: limit)
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    /// Who answers.
    ///
    /// - Throws: Why nobody does.
    package var greeting: GuestGreeting {
        get throws {
            switch phase {
            case .synced(let greeting): return greeting
            case .failed(let failure): throw failure
            case .greeting: throw GuestLinkFailure(.void, "the guest has not answered to hello yet")
            }
        }
    }

    /// Says hello again, after a fork or when nothing is sure any more.
    ///
    /// Every stream and request becomes void.
    ///
    /// - Throws: ``GuestLinkFailure`` with `silent`, `nonsense`, `version` or `gone`; the connection is closed then.
    package func resync(within limit: Duration = .seconds(30)) async throws {
        guard let channel else { throw GuestLinkFailure(.gone, "the connection is closed") }
        if case .failed(let failure) = phase { throw failure }
        phase = .greeting
        voidEverything(GuestLinkFailure(.void, "the conversation began anew"))
        do {
            try await greet(on: channel, within: limit)
        } catch {
            close()
            throw error
        }
    }

    /// Closes the connection.
    ///
    /// Programs and transfers under way end; shells go on. Does nothing the second time.
    package func close() { fail(GuestLinkFailure(.gone, "the connection is closed")) }

    /// Waits until the connection has failed or was closed, and says why.
    package func failure() async throws -> GuestLinkFailure {
        while true {
            if case .failed(let failure) = phase { return failure }
            try await wait(for: .anything)
        }
    }

    // MARK: - Greeting

    private func greet(on channel: any Channel, within limit: Duration) async throws {
        self.channel = channel
        let end = NIODeadline.now() + TimeAmount(limit)
        var interval = patience.greetingInterval
        sayHello()
        while true {
            switch phase {
            case .synced: return
            case .failed(let failure): throw failure
            case .greeting: break
            }
            guard NIODeadline.now() < end else {
                throw GuestLinkFailure(.silent, "the guest's agent did not answer within \(limit)")
            }
            let again = min(end, NIODeadline.now() + TimeAmount(interval))
            do {
                try await wait(for: .anything, until: again)
            } catch is WaitedLongEnough {
                interval = min(interval * 2, patience.longestGreetingInterval)
                // What is still on its way says hello well enough.
                guard case .greeting = phase, channel.isWritable else { continue }
                write(FrameDecoder.flush)
                sayHello()
            }
        }
    }

    /// Says hello with a nonce of its own, so that late answers to earlier ones mean nothing.
    private func sayHello() {
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<GuestLimits.nonceSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
        decoder = .forHost(nonce: nonce)
        send(Frame(type: .hello, Hello(nonce: nonce)))
        flush()
    }

    // MARK: - Ending

    func fail(_ failure: GuestLinkFailure) {
        if case .failed = phase { return }
        phase = .failed(failure)
        voidEverything(failure)
        decoder.unsync()
        channel?.close(promise: nil)
        channel = nil
    }

    private func voidEverything(_ failure: GuestLinkFailure) {
        for stream in streams.values {
            stream.isOver = true
            if stream.outcome == nil, stream.failure == nil { stream.failure = failure }
            wake(&stream.waiting)
        }
        streams = streams.filter { !$0.value.isReleased }
        requests = [:]
        pings = []
        nextStream = 1 + (streams.keys.max() ?? 0)
        wake(&waiting)
    }

    // MARK: - Waiting

    /// Suspends until that changes, the task is cancelled or time is up.
    func wait(for change: Change, until deadline: NIODeadline? = nil) async throws {
        let number = nextWait
        nextWait += 1
        let alarm = deadline.map { deadline in
            eventLoop.scheduleTask(deadline: deadline) { self.giveUp(number, WaitedLongEnough()) }
        }
        defer { alarm?.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                continuations[number] = continuation
                switch change {
                case .anything: waiting.append(number)
                case .stream(let id): streams[id]?.waiting.append(number)
                }
            }
        } onCancel: {
            eventLoop.execute { self.giveUp(number, CancellationError()) }
        }
    }

    func wake(_ numbers: inout [UInt64]) {
        for number in numbers { continuations.removeValue(forKey: number)?.resume() }
        numbers = []
    }

    private nonisolated func giveUp(_ number: UInt64, _ error: any Error) {
        assumeIsolated { $0.continuations.removeValue(forKey: number)?.resume(throwing: error) }
    }

    /// What can be waited for.
    enum Change {
        /// The greeting, an answer, or room in the channel.
        case anything
        /// Something of a stream, which exists.
        case stream(UInt32)
    }

    /// Thrown by a wait whose time is up; never leaves this module.
    struct WaitedLongEnough: Error {}
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
