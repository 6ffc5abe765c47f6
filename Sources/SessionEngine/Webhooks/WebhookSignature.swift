import Crypto
import Foundation
import SessionModel

/// How messages are signed: Standard Webhooks, version 1.
enum WebhookSignature {
    /// What a secret begins with where people see it.
    static let prefix = "whsec_"

    /// The headers that prove from whom a message is.
    ///
    /// - Parameters:
    ///   - body: The message.
    ///   - id: Names it, at every attempt.
    ///   - now: When it is sent; whoever gets it refuses what is old.
    ///   - secret: What it is signed with.
    /// - Returns: The headers.
    static func headers(
        for body: String,
        _ id: WebhookDeliveryID,
        at now: Timestamp,
        _ secret: WebhookSecret,
    ) -> [String: String] {
        let (id, seconds) = ("msg_\(id)", "\(now.milliseconds / 1000)")
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(id).\(seconds).\(body)".utf8),
            using: SymmetricKey(data: secret.bytes),
        )
        return [
            "webhook-id": id, "webhook-timestamp": seconds,
            "webhook-signature": "v1,\(Data(code).base64EncodedString())",
        ]
    }

    /// A secret as it is handed out.
    static func text(of secret: WebhookSecret) -> String { prefix + Data(secret.bytes).base64EncodedString() }
}
