package import SessionModel

/// Carries messages nowhere, and answers what a test tells it to answer.
package actor FakeWebhookSender: WebhookSender {
    /// Answers a message.
    package typealias Answer = @Sendable (WebhookMessage) async throws -> Int

    /// All messages that were sent, in order.
    package private(set) var sent: [WebhookMessage] = []
    private var answer: Answer = { _ in 204 }

    /// Makes a sender that answers with 204.
    package init() {}

    /// Messages are answered like this from now on.
    package func answer(_ answer: @escaping Answer) { self.answer = answer }

    package func send(_ message: WebhookMessage) async throws -> Int {
        sent.append(message)
        return try await answer(message)
    }
}
