package import SessionModel

/// Carries messages nowhere, and answers what a test tells it to answer.
package actor FakeWebhookSender: WebhookSender {
    /// Answers a message.
    package typealias Answer = @Sendable (WebhookMessage) async throws -> Int

    /// All messages that were sent, in order.
    package private(set) var sent: [WebhookMessage] = []
    private var answer: Answer = { _ in 204 }
    private var retryAfter: Duration?

    /// Makes a sender that answers with 204.
    package init() {}

    /// Messages are answered like this from now on, by somebody who wants to be left alone for so long.
    package func answer(restingFor rest: Duration? = nil, _ answer: @escaping Answer) {
        (self.answer, retryAfter) = (answer, rest)
    }

    package func send(_ message: WebhookMessage) async throws -> WebhookAnswer {
        sent.append(message)
        return WebhookAnswer(status: try await answer(message), retryAfter: retryAfter)
    }
}
