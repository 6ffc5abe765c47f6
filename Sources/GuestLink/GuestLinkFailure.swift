import Glibc
import GuestProtocol
package import SessionModel

/// What went wrong between us and a guest's agent.
package struct GuestLinkFailure: Error, CustomStringConvertible {
    /// What kind of failure; callers branch on it.
    package let code: Code
    /// What failed, on what, in plain words.
    package let message: String
    /// The guest's error number, when its kernel said no.
    package let errorNumber: Int32?
    /// What led to it.
    package let cause: (any Error)?

    /// Makes a failure.
    package init(_ code: Code, _ message: String, errorNumber: Int32? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.errorNumber = errorNumber
        self.cause = cause
    }

    init(_ refusal: Refusal) {
        let code: Code =
            switch refusal.code {
            case .invalid: .invalid
            case .notFound: .notFound
            case .busy: .busy
            case .failed: .refused
            case .unsupported: .unsupported
            }
        let number = refusal.errorNumber == 0 ? nil : Int32(refusal.errorNumber)
        self.init(code, "the guest: " + GuestText.plain(refusal.message), errorNumber: number)
    }

    package var description: String {
        let number = errorNumber.map { " (error \($0))" } ?? ""
        return "\(code.rawValue): \(message)\(number)"
    }

    /// The same for those who know nothing of agents.
    package var failure: Failure {
        let code: FailureCode =
            switch code {
            case .unreachable: .hypervisor
            case .silent, .nonsense, .version, .gone, .void: .guestSilent
            case .invalid: .invalidInput
            case .notFound: .notFound
            case .busy: .noCapacity
            case .refused where errorNumber == ECONNREFUSED: .portClosed
            case .refused, .unsupported, .ended: .wrongState
            }
        // Both sides are Linux: the numbers mean the same.
        let reason = errorNumber.map { ": " + String(cString: strerror($0)) } ?? ""
        return Failure(code, message + reason, cause: self)
    }

    /// Kinds of failures.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody listens at the port's socket.
        case unreachable
        /// The agent did not answer in time.
        case silent
        /// The agent broke the protocol, or what answers is none; the connection is closed.
        case nonsense
        /// The agent speaks another version.
        case version
        /// The connection is closed.
        case gone
        /// Another hello made the stream or request void.
        case void
        /// The request makes no sense.
        case invalid
        /// The user, file, folder or program is not there.
        case notFound
        /// Too much is open.
        case busy
        /// The guest's kernel, or one of its programs, said no.
        case refused
        /// This agent cannot do that.
        case unsupported
        /// The stream is over.
        case ended
    }
}

/// Texts of a guest.
enum GuestText {
    /// A guest's text for a message: printable ASCII, anything else as a question mark.
    ///
    /// A guest can say anything.
    static func plain(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.map { (0x20..<0x7f).contains($0) ? $0 : 0x3f }, as: UTF8.self)
    }

    /// A guest's text line by line, each as ``plain(_:)`` has it, without empty ones.
    static func lines(_ bytes: [UInt8]) -> String {
        bytes.split(separator: 0x0A).map { plain(Array($0)) }.joined(separator: "\n")
    }
}
