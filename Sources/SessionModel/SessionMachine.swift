/// The rules of a session's life.
///
/// It decides and performs nothing: every method returns what is to be recorded and done.
///
/// The full table, state × call, is in `docs/lifecycle.md`; `SessionMachineTableTests` holds this type to it.
package struct SessionMachine: Sendable, Equatable {
    /// How long a paused session is kept.
    package static let pausedRetention: Duration = .seconds(24 * 3600)

    /// Where the session stands.
    package private(set) var state: SessionState
    /// The time limits in force, fixed when the session was asked for.
    package let time: Policy.TimeLimits

    /// Takes up a session where it stands.
    package init(state: SessionState = .requested(queued: false), time: Policy.TimeLimits) {
        self.state = state
        self.time = time
    }

    /// When something becomes due by itself; `nil` when nothing will.
    package var nextDue: ServiceInstant? {
        switch state {
        case .requested, .preparing, .finishing, .ended, .tornDown:
            return nil
        case .ready(let enterBy):
            return enterBy
        case .paused(let paused):
            return min(paused.keepUntil, paused.deadline ?? paused.keepUntil)
        case .running(let running):
            let warning = pendingWarnings(running).map { running.deadline.advanced(by: .zero - $0) }.min()
            return [running.deadline, running.idleBy, warning].compactMap(\.self).min()
        }
    }

    /// The time left for the person; `nil` unless it has started and is not over.
    package func remaining(at now: ServiceInstant) -> Duration? {
        switch state {
        case .running(let running): max(.zero, now.duration(to: running.deadline))
        case .paused(let paused): paused.deadline.map { max(.zero, now.duration(to: $0)) } ?? paused.remaining
        case .requested, .preparing, .ready, .finishing, .ended, .tornDown: nil
        }
    }

    /// What extensions have added so far; zero unless the time has started and is not over.
    package var extended: Duration {
        switch state {
        case .running(let running): running.extended
        case .paused(let paused): paused.extended
        case .requested, .preparing, .ready, .finishing, .ended, .tornDown: .zero
        }
    }

    // MARK: Admission

    /// There is room: machines may be made.
    package mutating func admit() throws(TransitionDenied) -> Transition {
        switch state {
        case .requested:
            state = .preparing
            return Transition([.admitted], [.prepare])
        case .preparing:
            return .nothing
        case .ready, .running, .paused, .finishing, .ended, .tornDown:
            throw denied("admit")
        }
    }

    /// There is no room yet: the session waits for its turn.
    package mutating func enqueue(because why: String) throws(TransitionDenied) -> Transition {
        switch state {
        case .requested(queued: false):
            state = .requested(queued: true)
            return Transition([.queued(why)], [])
        case .requested(queued: true):
            return .nothing
        case .preparing, .ready, .running, .paused, .finishing, .ended, .tornDown:
            throw denied("queue")
        }
    }

    /// The session may not be had at all.
    package mutating func deny(because why: String) throws(TransitionDenied) -> Transition {
        switch state {
        case .requested:
            state = .ended(.denied)
            return Transition([.denied(why), .ended(.denied)], [.tearDown])
        case .preparing, .ready, .running, .paused, .finishing, .ended, .tornDown:
            throw denied("deny")
        }
    }

    // MARK: Preparation

    /// The guest answered its readiness probe.
    ///
    /// The time to enter counts from here, the deadline does not.
    package mutating func guestAnswered(at now: ServiceInstant) throws(TransitionDenied) -> Transition {
        switch state {
        case .preparing:
            state = .ready(enterBy: now.advanced(by: time.enter))
            return Transition([.ready], [])
        case .running(var running) where running.isResetting:
            running.isResetting = false
            running.idleBy = time.idle.map(now.advanced(by:))
            state = .running(running)
            return Transition([.ready], [])
        case .ready, .running, .paused:
            return .nothing
        case .requested, .finishing, .ended, .tornDown:
            throw denied("become ready")
        }
    }

    /// Preparation failed for good.
    package mutating func preparationFailed(because why: String) throws(TransitionDenied) -> Transition {
        switch state {
        case .preparing:
            state = .ended(.startFailed)
            return Transition([.failed(why), .ended(.startFailed)], [.tearDown])
        case .running(let running) where running.isResetting:
            let end = over(.fault)
            return Transition([.failed(why)] + end.records, end.effects)
        case .finishing, .ended, .tornDown:
            return .nothing
        case .requested, .ready, .running, .paused:
            throw denied("fail to start")
        }
    }

    // MARK: Work

    /// *Start* was pressed or a terminal attached: the deadline starts here and nowhere else.
    package mutating func enter(at now: ServiceInstant) throws(TransitionDenied) -> Transition {
        switch state {
        case .ready:
            state = .running(
                RunningTime(
                    deadline: now.advanced(by: time.limit),
                    idleBy: time.idle.map(now.advanced(by:)),
                    warned: time.warn.filter { $0 >= time.limit },
                )
            )
            return Transition([.entered(limit: time.limit)], [])
        case .running:
            return .nothing
        case .requested, .preparing, .paused, .finishing, .ended, .tornDown:
            throw denied("be entered")
        }
    }

    /// The person typed something: idleness counts from now.
    package mutating func inputSeen(at now: ServiceInstant) {
        switch state {
        case .running(var running):
            guard let idle = time.idle else { return }
            running.idleBy = now.advanced(by: idle)
            state = .running(running)
        case .requested, .preparing, .ready, .paused, .finishing, .ended, .tornDown:
            return
        }
    }

    /// More time was granted, one policy step when `amount` is `nil`.
    ///
    /// Warnings that lie ahead again are given again.
    ///
    /// - Throws: ``TransitionDenied`` outside `running` and `paused`, for nothing or less, and beyond `extend.max`.
    package mutating func extend(by amount: Duration?, at now: ServiceInstant) throws(TransitionDenied) -> Transition {
        let step = amount ?? time.extendStep
        func extended(_ before: Duration) throws(TransitionDenied) -> Duration {
            guard time.extendMax > .zero else {
                throw TransitionDenied(state: state.kind, action: "be extended", why: "the policy allows no extension")
            }
            guard step > .zero else {
                throw TransitionDenied(
                    state: state.kind,
                    action: "be extended",
                    why: "an extension adds more than nothing",
                )
            }
            guard step <= time.extendMax - before else {
                throw TransitionDenied(
                    state: state.kind,
                    action: "be extended by \(step.shortText)",
                    why: "only \((time.extendMax - before).shortText) of the policy's "
                        + "\(time.extendMax.shortText) are left",
                )
            }
            return before + step
        }
        switch state {
        case .running(var running):
            running.extended = try extended(running.extended)
            running.deadline = running.deadline.advanced(by: step)
            running.warned = time.warn.filter { $0 >= now.duration(to: running.deadline) }
            state = .running(running)
            return Transition([.extended(by: step)], [.tell(.extended(by: step))])
        case .paused(var paused):
            paused.extended = try extended(paused.extended)
            paused.remaining += step
            paused.deadline = paused.deadline?.advanced(by: step)
            paused.warned = time.warn.filter { [remaining = paused.remaining] in $0 >= remaining }
            state = .paused(paused)
            return Transition([.extended(by: step)], [])
        case .requested, .preparing, .ready, .finishing, .ended, .tornDown:
            throw denied("be extended")
        }
    }

    /// The machines are thrown away and replaced by fresh ones; the deadline stays.
    ///
    /// Asking again while that is done changes nothing.
    package mutating func reset(by person: PersonID) throws(TransitionDenied) -> Transition {
        switch state {
        case .running(var running):
            guard !running.isResetting else { return .nothing }
            running.isResetting = true
            state = .running(running)
            return Transition([.reset(person)], [.tell(.reset), .replace])
        case .requested, .preparing, .ready, .paused, .finishing, .ended, .tornDown:
            throw denied("be reset")
        }
    }

    /// The machines shall be saved and sleep; whether the deadline stands still is up to the policy.
    package mutating func pause(at now: ServiceInstant) throws(TransitionDenied) -> Transition {
        switch state {
        case .running(let running):
            func refuse(_ why: String) -> TransitionDenied {
                TransitionDenied(state: state.kind, action: "be paused", why: why)
            }
            guard time.pause != .never else { throw refuse("the policy does not allow it") }
            guard !running.isResetting else { throw refuse("it is being reset") }
            state = .paused(
                PausedTime(
                    remaining: max(.zero, now.duration(to: running.deadline)),
                    extended: running.extended,
                    warned: running.warned,
                    keepUntil: now.advanced(by: Self.pausedRetention),
                    deadline: time.pause == .runs ? running.deadline : nil,
                )
            )
            return Transition([.paused], [.tell(.paused), .hibernate])
        case .paused:
            return .nothing
        case .requested, .preparing, .ready, .finishing, .ended, .tornDown:
            throw denied("be paused")
        }
    }

    /// The machines shall go on.
    package mutating func resume(at now: ServiceInstant) throws(TransitionDenied) -> Transition {
        switch state {
        case .paused(let paused):
            state = .running(
                RunningTime(
                    deadline: paused.deadline ?? now.advanced(by: paused.remaining),
                    idleBy: time.idle.map(now.advanced(by:)),
                    extended: paused.extended,
                    warned: paused.warned,
                )
            )
            return Transition([.resumed], [.wake, .tell(.resumed)])
        case .running:
            return .nothing
        case .requested, .preparing, .ready, .finishing, .ended, .tornDown:
            throw denied("be resumed")
        }
    }

    // MARK: The end

    /// The person is done.
    package mutating func submit() throws(TransitionDenied) -> Transition {
        switch state {
        case .running, .paused: return over(.submitted)
        case .finishing, .ended, .tornDown: return .nothing
        case .requested, .preparing, .ready: throw denied("be submitted")
        }
    }

    /// Someone with the right to ends the session.
    ///
    /// Works from every state.
    package mutating func stop() -> Transition { over(.stopped) }

    /// A machine of the session is gone, by its own doing or not.
    ///
    /// While the machines are being replaced it makes no difference: whoever replaces them learns what becomes of them.
    package mutating func guestExited(_ exit: MachineExit) -> Transition {
        if case .running(let running) = state, running.isResetting { return .nothing }
        return switch exit {
        case .poweredOff: over(.guestPoweredOff)
        case .crashed: over(.guestCrashed)
        case .vanished: over(.fault)
        }
    }

    /// Does what has become due.
    ///
    /// Harmless when nothing has.
    package mutating func tick(at now: ServiceInstant) -> Transition {
        switch state {
        case .requested, .preparing, .finishing, .ended, .tornDown:
            return .nothing
        case .ready(let enterBy):
            return now < enterBy ? .nothing : over(.neverEntered)
        case .paused(let paused):
            return now < min(paused.keepUntil, paused.deadline ?? paused.keepUntil) ? .nothing : over(.expired)
        case .running(var running):
            if now >= running.deadline { return over(.expired) }
            if let idleBy = running.idleBy, now >= idleBy { return over(.idle) }
            let left = now.duration(to: running.deadline)
            let due = pendingWarnings(running).filter { left <= $0 }
            guard let nearest = due.min() else { return .nothing }
            running.warned += due
            state = .running(running)
            return Transition([.warned(remaining: nearest)], [.tell(.timeLeft(nearest))])
        }
    }

    /// The final work is done or given up: everything that outlives the session is safe.
    package mutating func finished() throws(TransitionDenied) -> Transition {
        switch state {
        case .finishing(let reason):
            state = .ended(reason)
            return Transition([.ended(reason)], [.tearDown])
        case .ended, .tornDown:
            return .nothing
        case .requested, .preparing, .ready, .running, .paused:
            throw denied("be finished")
        }
    }

    /// Every recorded step was undone: nothing is left.
    package mutating func tornDown() throws(TransitionDenied) -> Transition {
        switch state {
        case .ended(let reason):
            state = .tornDown(reason)
            return Transition([.tornDown], [])
        case .tornDown:
            return .nothing
        case .requested, .preparing, .ready, .running, .paused, .finishing:
            throw denied("be torn down")
        }
    }

    /// What must be done again after a restart, because it may not have been finished.
    package var unfinishedWork: [SessionEffect] {
        switch state {
        case .running(let running) where running.isResetting: [.replace]
        case .requested, .ready, .running, .paused, .tornDown: []
        case .preparing: [.prepare]
        case .finishing(let reason): [.finish(reason)]
        case .ended: [.tearDown]
        }
    }

    // MARK: Private

    private mutating func over(_ reason: EndReason) -> Transition {
        switch state {
        case .requested, .preparing:
            state = .ended(reason)
            return Transition([.ended(reason)], [.tearDown])
        case .ready:
            state = .ended(reason)
            return Transition([.ended(reason)], [.tearDown])
        case .running, .paused:
            state = .finishing(reason)
            return Transition([.finishing(reason)], [.finish(reason)])
        case .finishing, .ended, .tornDown:
            return .nothing
        }
    }

    private func pendingWarnings(_ running: RunningTime) -> [Duration] {
        time.warn.filter { !running.warned.contains($0) }
    }

    private func denied(_ action: String) -> TransitionDenied {
        TransitionDenied(state: state.kind, action: action, why: nil)
    }
}
