import SessionModel
import Synchronization

/// What passes between those who have something to record and the writer.
final class RecorderInbox: Sendable {
    /// The writer is woken at once when this much waits.
    private static let large = 128 * 1024

    /// Something that somebody waits for.
    enum Order: Sendable {
        /// Everything shall be on the disk.
        case sync(CheckedContinuation<Void, any Error>)
        /// The recording is over.
        case seal(SigningKey, CheckedContinuation<RecordingSeal, any Error>)
        /// The recording is to be continued later; `nil` when nobody waits.
        case close(CheckedContinuation<Void, Never>?)

        /// Tells whoever waits that it cannot be carried out; closing always can.
        func fail(_ error: any Error) {
            switch self {
            case .sync(let waiter): waiter.resume(throwing: error)
            case .seal(_, let waiter): waiter.resume(throwing: error)
            case .close(let waiter): waiter?.resume()
            }
        }
    }

    private struct State {
        var intake = Intake()
        var orders: [Order] = []
        var status = Recorder.Status()
        var isClosed = false
        var hasEnded = false
        var isRung = false
        /// Which of the writer's turns at the disk it is, and whether it is over.
        var turn = 0
        var isAtDisk = false
        var sleeper: CheckedContinuation<Void, Never>?
        var seekers: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelledSeekers: Set<Int> = []
        var nextSeeker = 0
        var beginners: [CheckedContinuation<Void, Never>] = []

        /// Whether the recording has begun, or does not begin for now.
        var isSettled: Bool { status.part > 0 || status.state != .writing || hasEnded }

        /// Whether there is less than that, or no sense in waiting for it.
        func holds(lessThan size: Int) -> Bool {
            intake.size < size || status.state != .writing || status.isFull || isClosed
        }

        /// Those who go on now: who seeks room, at a quarter, so that they do not wait again at once; who waits for the
        /// beginning.
        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            var waiters: [CheckedContinuation<Void, Never>] = []
            if isSettled { swap(&waiters, &beginners) }
            if holds(lessThan: Intake.limit / 4) {
                waiters += seekers.values
                seekers = [:]
            }
            return waiters
        }
    }

    private let state = Mutex(State())
    /// Every change of the state, the latest only for who does not listen.
    let changes: AsyncStream<Recorder.State>
    private let told: AsyncStream<Recorder.State>.Continuation

    init() { (changes, told) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    // MARK: For those who have something to record

    /// Takes in an event, unless the recording is over; `isText` when it is left out of a full one.
    func put(isText: Bool = true, _ add: (inout Intake) -> Void) {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isClosed, !(isText && state.status.isFull) else { return nil }
            let (wasEmpty, before) = (state.intake.isEmpty, state.intake.size)
            add(&state.intake)
            let isNews = wasEmpty || before < Self.large && state.intake.size >= Self.large
            return isNews ? Self.ring(&state) : nil
        }
        sleeper?.resume()
    }

    /// Gives an order.
    ///
    /// - Parameters:
    ///   - order: The order.
    ///   - isLast: Whether nothing more may be recorded.
    /// - Returns: `false` when the writer has ended.
    func give(_ order: Order, isLast: Bool) -> Bool {
        let woken = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
            guard !state.hasEnded else { return nil }
            state.orders.append(order)
            if isLast { state.isClosed = true }
            return (Self.ring(&state).map { [$0] } ?? []) + state.takeWaiters()
        }
        for one in woken ?? [] { one.resume() }
        return woken != nil
    }

    /// Returns when there is room, at once if half of it is free, or no sense in waiting for it.
    func room() async {
        let number = state.withLock { state -> Int? in
            guard !state.holds(lessThan: Intake.limit / 2) else { return nil }
            state.nextSeeker += 1
            return state.nextSeeker
        }
        guard let number else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { seeker in
                let mayGoOn = state.withLock { state -> Bool in
                    guard !state.holds(lessThan: Intake.limit / 2), state.cancelledSeekers.remove(number) == nil else {
                        return true
                    }
                    state.seekers[number] = seeker
                    return false
                }
                if mayGoOn { seeker.resume() }
            }
        } onCancel: {
            let seeker = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if let seeker = state.seekers.removeValue(forKey: number) { return seeker }
                state.cancelledSeekers.insert(number)
                return nil
            }
            seeker?.resume()
        }
        state.withLock { _ = $0.cancelledSeekers.remove(number) }
    }

    /// Returns once the recording has begun, or the disk refuses, or it is over.
    func begun() async {
        await withCheckedContinuation { waiter in
            let isSettled = state.withLock { state -> Bool in
                if !state.isSettled { state.beginners.append(waiter) }
                return state.isSettled
            }
            if isSettled { waiter.resume() }
        }
    }

    /// How it stands.
    var status: Recorder.Status { state.withLock { $0.status } }

    // MARK: For the writer

    /// Bytes of memory that wait.
    var size: Int { state.withLock { $0.intake.size } }
    /// Whether nothing waits.
    var isEmpty: Bool { state.withLock { $0.intake.isEmpty } }
    /// Whether so much waits that it should not wait longer.
    var isLarge: Bool { size >= Self.large }

    /// Hands out the first events.
    func take(_ count: Int) -> [CastEvent] {
        let (events, seekers) = state.withLock { state in (state.intake.take(count), state.takeWaiters()) }
        for seeker in seekers { seeker.resume() }
        return events
    }

    /// Hands out what was ordered.
    func takeOrders() -> [Order] {
        state.withLock { state in
            defer { state.orders = [] }
            return state.orders
        }
    }

    /// Tells how it stands.
    func tell(_ change: (inout Recorder.Status) -> Void) {
        let seekers = state.withLock { state in
            let before = state.status.state
            change(&state.status)
            state.status.lostBytes = state.intake.lost
            // Under the lock, so that changes are told in the order in which they are made.
            if state.status.state != before { told.yield(state.status.state) }
            return state.takeWaiters()
        }
        for seeker in seekers { seeker.resume() }
    }

    /// Notes that the writer turns to the disk, and returns which time it is.
    func beginTurn() -> Int {
        state.withLock { state in
            state.turn += 1
            state.isAtDisk = true
            return state.turn
        }
    }

    /// Notes that the disk has answered.
    func endTurn() { state.withLock { $0.isAtDisk = false } }

    /// Tells that the disk does not answer, if the writer still waits for it since that turn; returns whether it does.
    func stall(in turn: Int, _ why: String) -> Bool {
        let seekers = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
            guard state.isAtDisk, state.turn == turn, state.status.state == .writing else { return nil }
            state.status.state = .stalled(why)
            state.status.lostBytes = state.intake.lost
            told.yield(state.status.state)
            return state.takeWaiters()
        }
        for seeker in seekers ?? [] { seeker.resume() }
        return seekers != nil
    }

    /// Takes no more orders, and hands out those that were given meanwhile.
    func end() -> [Order] {
        defer { told.finish() }
        let (orders, waiters) = state.withLock { state in
            state.hasEnded = true
            state.isClosed = true
            defer { state.orders = [] }
            return (state.orders, state.takeWaiters())
        }
        for waiter in waiters { waiter.resume() }
        return orders
    }

    /// Wakes the writer.
    func ring() { state.withLock { Self.ring(&$0) }?.resume() }

    /// Returns when the writer was woken since the last call; one waiter at a time.
    func wait() async {
        await withCheckedContinuation { sleeper in
            let isRung = state.withLock { state -> Bool in
                guard !state.isRung else {
                    state.isRung = false
                    return true
                }
                state.sleeper = sleeper
                return false
            }
            if isRung { sleeper.resume() }
        }
    }

    private static func ring(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        guard let sleeper = state.sleeper.take() else {
            state.isRung = true
            return nil
        }
        return sleeper
    }
}
