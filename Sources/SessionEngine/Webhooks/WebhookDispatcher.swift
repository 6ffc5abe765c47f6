import Logging
import ServiceLifecycle
package import SessionModel
import Synchronization

/// Sends what webhooks are to hear of.
///
/// Each has a courier of its own, a task: one that answers slowly, or never, holds up no other. A courier makes messages of
/// the lines behind its webhook's place, sends what is due, one message after the other, and waits until something happens
/// or is due. Nothing is kept in memory but the message that is on its way. A daemon that dies while it is may send it
/// twice, under the same name.
package final class WebhookDispatcher: Service {
    /// Lines that are looked at in one transaction.
    static let page = 200
    /// How long to wait before the store is asked again that could not be read or written.
    static let retry: Duration = .seconds(5)
    /// How long at most a courier waits when nothing happens.
    static let patience: Duration = .seconds(60)
    /// How often what is over is forgotten, and how long it is kept.
    static let forgetting: (interval: Duration, after: Duration) = (.seconds(3600), .seconds(30 * 86_400))

    let ports: WebhookPorts
    private let couriers = Mutex<[WebhookID: AsyncStream<Void>.Continuation]>([:])
    private let changes: AsyncStream<Void>
    private let changer: AsyncStream<Void>.Continuation
    private let figures = Mutex(Figures())

    private struct Figures {
        var outcomes = ["delivered": 0, "failed": 0, "dead": 0]
        var durations = Histogram(upTo: Histogram.short)
    }

    /// Makes the dispatcher; it works while ``run()`` does.
    package init(_ ports: WebhookPorts) {
        self.ports = ports
        (changes, changer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Works until graceful shutdown or cancellation.
    package func run() async { await cancelWhenGracefulShutdown { await self.work() } }

    /// There is a webhook more, or something to send.
    func nudge() {
        changer.yield()
        for courier in couriers.withLock({ Array($0.values) }) { courier.yield() }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.hear() }
            group.addTask { await self.forget() }
            group.addTask { await self.tellUnreadable() }
            changer.yield()
            for await _ in changes {
                do {
                    for webhook in try await ports.store.webhooks() {
                        guard let nudges = begin(webhook.id) else { continue }
                        group.addTask { await self.serve(webhook.id, nudges) }
                    }
                } catch {
                    ports.logger.error("The webhooks cannot be read", metadata: ["error": "\(error)"])
                    group.addTask {
                        // Cancelled: it is over.
                        try? await self.ports.time.sleep(for: Self.retry)
                        self.changer.yield()
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Wakes the couriers whenever something happens that programs may hear of.
    private func hear() async {
        repeat {
            let lines = await ports.sessions.tail()
            // What happened before somebody listened, or while too much happened at once, is to be sent all the same.
            nudge()
            for await line in lines where WebhookEvent(line) != nil { nudge() }
        } while (try? await ports.time.sleep(for: .seconds(1))) != nil  // nil: shutting down
    }

    private func forget() async {
        repeat {
            do {
                let now = ports.time.now().wall
                try await ports.store.forget(before: now.advanced(by: .zero - Self.forgetting.after))
            } catch {
                ports.logger.error("Old deliveries stay", metadata: ["error": "\(error)"])
            }
        } while (try? await ports.time.sleep(for: Self.forgetting.interval)) != nil  // nil: shutting down
    }

    /// Names what no courier can see.
    private func tellUnreadable() async {
        // What cannot be asked now is told by the couriers, which ask for more.
        for words in (try? await ports.store.unreadable()) ?? [] {
            ports.logger.error("A webhook or its message is passed over", metadata: ["error": "\(words)"])
        }
    }

    // MARK: Couriers

    /// What wakes the courier of a webhook that has none; `nil` when it has one.
    private func begin(_ id: WebhookID) -> AsyncStream<Void>? {
        couriers.withLock { couriers in
            guard couriers[id] == nil else { return nil }
            let (nudges, nudger) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            couriers[id] = nudger
            return nudges
        }
    }

    /// Serves a webhook until it is removed.
    private func serve(_ id: WebhookID, _ nudges: AsyncStream<Void>) async {
        var logger = ports.logger
        logger[metadataKey: "webhook.id"] = "\(id)"
        var calls = nudges.makeAsyncIterator()
        repeat {
            let end: Duration
            do {
                end = try await round(id, logger)
            } catch let failure as Failure where failure.code == .notFound {
                break
            } catch {
                guard !Task.isCancelled else { break }
                logger.error("What a webhook is to hear of waits", metadata: ["error": "\(error)"])
                end = ports.time.monotonic(after: Self.retry)
            }
            let timer = Task {
                // Cancelled: it was woken before.
                guard (try? await ports.time.sleep(until: end)) != nil else { return }
                _ = couriers.withLock { $0[id]?.yield() }
            }
            let isOver = await calls.next() == nil
            timer.cancel()
            if isOver { break }
        } while !Task.isCancelled
        couriers.withLock { $0[id] = nil }
    }

    /// Does all that there is to do for a webhook, and returns until when it can wait then, on the monotonic clock.
    private func round(_ id: WebhookID, _ logger: Logger) async throws -> Duration {
        while true {
            try Task.checkCancellation()
            let patience = ports.time.monotonic(after: Self.patience)
            let (webhook, secret) = try await ports.store.webhook(id)
            guard webhook.isEnabled else { return patience }
            try await collect(for: webhook)
            guard let delivery = try await ports.store.nextDelivery(of: id), case .pending(let due) = delivery.state
            else { return patience }
            // Read before the wall clock: whatever passes between the two makes the wait shorter, not longer.
            let start = ports.time.monotonic(after: .zero)
            let wait = Duration.milliseconds(due.milliseconds - ports.time.now().wall.milliseconds)
            guard wait <= .zero else { return min(start + wait, patience) }
            try await deliver(delivery, to: webhook, secret, logger)
        }
    }

    /// Makes messages of all that has happened.
    private func collect(for webhook: Webhook) async throws {
        while true {
            let (lines, place) = try await ports.store.news(for: webhook.id, limit: Self.page)
            guard let last = lines.last else { return }
            var deliveries: [WebhookDelivery] = []
            for line in lines {
                guard let event = WebhookEvent(line), webhook.events.contains(event) else { continue }
                deliveries.append(
                    delivery(event, of: webhook.id, try await WebhookBody.of(event, line, ports.sessions))
                )
            }
            try await ports.store.add(deliveries, to: webhook.id, moving: place, to: last.sequence)
        }
    }

    /// A new message.
    func delivery(_ event: WebhookEvent, of webhook: WebhookID, _ body: String) -> WebhookDelivery {
        WebhookDelivery(
            id: ports.random.identifier(),
            webhook: webhook,
            event: event,
            body: body,
            createdAt: ports.time.now().wall,
        )
    }

    private func deliver(
        _ delivery: WebhookDelivery,
        to webhook: Webhook,
        _ secret: WebhookSecret,
        _ logger: Logger,
    ) async throws {
        let message = WebhookMessage(
            url: webhook.url,
            headers: WebhookSignature.headers(for: delivery.body, delivery.id, at: ports.time.now().wall, secret),
            body: delivery.body,
        )
        let ((answer, words), took) = try await ports.time.measure { try await send(message) }
        var tried = delivery
        tried.attempted(
            answer?.isTaken == true,
            words,
            at: ports.time.now().wall,
            chance: ports.random.fraction(),
            notWithin: answer?.retryAfter,
            isLast: answer?.isGone == true,
        )
        let outcome = tried.state == .dead ? "dead" : tried.state == .delivered ? "delivered" : "failed"
        figures.withLock { figures in
            figures.outcomes[outcome, default: 0] += 1
            figures.durations.record(took)
        }
        if tried.state == .dead {
            logger.warning(
                "A message of a webhook is given up",
                metadata: ["delivery.id": "\(delivery.id)", "answer": "\(words)"],
            )
        }
        try await ports.store.update(tried)
        if answer?.isGone == true { try await disable(webhook, logger) }
    }

    /// Sends a message, and says what the answer was, also in words.
    private func send(_ message: WebhookMessage) async throws -> (answer: WebhookAnswer?, words: String) {
        do {
            let answer = try await ports.sender.send(message)
            return (answer, "status \(answer.status)")
        } catch {
            try Task.checkCancellation()
            return (nil, String(((error as? Failure)?.message ?? "\(error)").prefix(300)))
        }
    }

    /// Tells a webhook nothing any more whose program is gone.
    private func disable(_ webhook: Webhook, _ logger: Logger) async throws {
        var disabled = webhook
        disabled.isEnabled = false
        do {
            _ = try await ports.store.update(disabled)
        } catch let failure as Failure where failure.code == .conflict {
            // Somebody has changed it meanwhile: its next message tells whether its program is still gone.
            return
        }
        logger.warning("The program of a webhook is gone; the webhook is not enabled any more")
        try await ports.audit.append(
            AuditRecord(
                at: ports.time.now().wall,
                actor: nil,
                origin: .service,
                action: .changeWebhook,
                object: webhook.id.description,
                detail: "enabled: false; status 410",
            )
        )
    }
}

extension WebhookDispatcher: MetricSource {
    package func metrics() async -> [MetricFamily] {
        let figures = figures.withLock { $0 }
        return [
            MetricFamily(
                .counter,
                "sandglass_webhook_attempts_total",
                "Attempts to send a message to a webhook: delivered, failed and to be tried again, or dead.",
                by: "outcome",
                figures.outcomes,
            ),
            MetricFamily(
                "sandglass_webhook_attempt_duration_seconds",
                "How long attempts to send a message to a webhook took.",
                figures.durations,
            ),
        ]
    }
}
