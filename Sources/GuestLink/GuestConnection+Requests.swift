import Glibc
package import GuestProtocol
import NIOCore

// What concerns the guest as a whole. Every request has a time limit; an answer that comes later is dropped.

extension GuestConnection {
    /// Asks whether the agent answers.
    ///
    /// - Returns: How long it took.
    /// - Throws: ``GuestLinkFailure`` with `silent` when it did not in time; the connection stays.
    package func ping(within limit: Duration = .seconds(5)) async throws -> Duration {
        _ = try greeting
        guard pings.count < 64 else { throw GuestLinkFailure(.busy, "too many pings are not answered") }
        var writer = ByteWriter()
        writer.long(UInt64.random(in: .min ... .max))
        let token = writer.bytes
        pings.append(token)
        let start = NIODeadline.now()
        send(Frame(stream: 0, type: .ping, payload: token))
        flush()
        try await answer(within: limit) { $0.pings.contains(token) ? nil : () }
        return .nanoseconds((NIODeadline.now() - start).nanoseconds)
    }

    /// Asks what the guest is doing.
    package func statistics(within limit: Duration? = nil) async throws -> GuestStatistics {
        let request = try newRequest()
        let answer = try await ask(request, .statisticsRequest, StatisticsRequest(request: request), limit)
        guard case .statistics(let statistics) = answer else { throw wrongAnswer() }
        return statistics
    }

    /// Writes what is pending to disk and lets nobody write until ``thaw()``.
    ///
    /// - Parameters:
    ///   - mountPoints: Where the file systems are mounted; empty for all on block devices.
    ///   - limit: When the guest thaws them by itself; at most a minute, which is the default.
    /// - Returns: What came of each; some may be frozen although others are not.
    /// - Throws: ``GuestLinkFailure`` when the agent does not answer.
    package func freeze(_ mountPoints: [String] = [], atMost limit: Duration? = nil) async throws -> GuestItems {
        let request = try newRequest()
        let message = FreezeRequest(
            request: request,
            limitMilliseconds: limit.map { UInt32(clamping: max(1, TimeAmount($0).nanoseconds / 1_000_000)) } ?? 0,
            mountPoints: mountPoints.map { Array($0.utf8) },
        )
        return try await items(request, .freeze, message)
    }

    /// Lets everybody write again.
    ///
    /// Does nothing when nothing is frozen.
    ///
    /// - Returns: What was frozen; nothing when the time limit was faster.
    /// - Throws: ``GuestLinkFailure`` when the agent does not answer.
    package func thaw() async throws -> GuestItems {
        let request = try newRequest()
        return try await items(request, .thaw, ThawRequest(request: request))
    }

    /// Shows a text on every terminal of the guest.
    ///
    /// A terminal whose program does not read is left out.
    ///
    /// - Parameter text: Made safe by the caller; a terminal obeys what it is shown.
    /// - Throws: ``GuestLinkFailure`` when the agent does not answer.
    package func show(_ text: String) async throws {
        let request = try newRequest()
        _ = try await items(request, .notice, NoticeRequest(request: request, text: Array(text.utf8.prefix(4_096))))
    }

    /// Makes the guest a machine of its own.
    ///
    /// - Parameters:
    ///   - identity: What it becomes.
    ///   - setsClock: Whether its clock is set to the host's as it is when the request is sent.
    ///   - limit: How long to wait; making host keys and restarting services takes its time.
    /// - Returns: What came of each step, in order. Failures of steps are not thrown.
    /// - Throws: ``GuestLinkFailure`` when the agent does not answer.
    package func identify(
        _ identity: GuestIdentity,
        settingClock setsClock: Bool = false,
        within limit: Duration = .seconds(60),
    ) async throws -> GuestItems {
        let request = try newRequest()
        var identity = identity
        if setsClock { identity.wallClockNanoseconds = Self.wallClockNanoseconds }
        return try await items(request, .identify, try identity.message(request), limit)
    }

    private static var wallClockNanoseconds: UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    // MARK: - Asking

    private func items(
        _ request: UInt32,
        _ type: FrameType,
        _ message: some WireValue,
        _ limit: Duration? = nil,
    ) async throws -> GuestItems {
        guard case .report(let report) = try await ask(request, type, message, limit) else { throw wrongAnswer() }
        return GuestItems(report)
    }

    private func newRequest() throws -> UInt32 {
        _ = try greeting
        guard requests.count < 64 else { throw GuestLinkFailure(.busy, "too many requests are not answered") }
        defer { nextRequest &+= 1 }
        return nextRequest
    }

    private func ask(
        _ request: UInt32,
        _ type: FrameType,
        _ message: some WireValue,
        _ limit: Duration?,
    ) async throws -> Answer {
        let payload = message.payload
        guard type.lengths.contains(payload.count) else {
            throw GuestLinkFailure(.invalid, "the request is longer than a frame can be")
        }
        requests[request] = .pending
        send(Frame(stream: 0, type: type, payload: payload))
        flush()
        do {
            let answer = try await answer(within: limit ?? patience.request) { connection -> Answer? in
                guard case .answered(let answer) = connection.requests[request] else { return nil }
                return answer
            }
            requests[request] = nil
            return answer
        } catch {
            if case .pending = requests[request] { requests[request] = .abandoned }
            throw error
        }
    }

    private func answer<Value>(
        within limit: Duration,
        _ found: (isolated GuestConnection) -> Value?,
    ) async throws -> Value {
        let deadline = NIODeadline.now() + TimeAmount(limit)
        guard case .synced(let asked) = phase else { throw GuestLinkFailure(.void, "the conversation began anew") }
        while true {
            switch phase {
            case .failed(let failure): throw failure
            case .synced(let now) where now == asked: break
            case .synced, .greeting: throw GuestLinkFailure(.void, "the conversation began anew")
            }
            if let value = found(self) { return value }
            do {
                try await wait(for: .anything, until: deadline)
            } catch is WaitedLongEnough {
                throw GuestLinkFailure(.silent, "the guest's agent did not answer within \(limit)")
            }
        }
    }

    private func wrongAnswer() -> GuestLinkFailure {
        let failure = GuestLinkFailure(.nonsense, "the guest's agent answered another question")
        fail(failure)
        return failure
    }
}
