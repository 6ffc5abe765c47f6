/// The service could not be asked, or its answer could not be understood.
///
/// What the service itself refuses is a `Problem`.
package struct ConnectionFailure: Error, CustomStringConvertible {
    /// What kind of failure it is.
    package let code: Code
    /// What failed, where, and what to do, in plain words.
    package let message: String
    /// What led to it.
    package let cause: (any Error)?

    /// Makes a failure.
    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, and the cause when there is one.
    package var description: String {
        guard let cause else { return message }
        return "\(message)\n  because \(cause)"
    }

    /// The kinds of failure.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody serves the socket.
        case noDaemon
        /// The socket exists, but the caller may not use it.
        case notPermitted
        /// Nobody answers at the address on the network.
        case unreachable
        /// What answers there does not prove that it is the service.
        case untrusted
        /// An address, a file of certificates or a token is none.
        case unusable
        /// No answer came in time.
        case timedOut
        /// The connection was there and broke.
        case lost
        /// An answer came that this version does not understand.
        case unexpectedAnswer
    }
}
