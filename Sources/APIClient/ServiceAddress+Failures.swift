import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

// What goes wrong on the way, in words.
extension ServiceAddress {
    /// Turns what the network layer throws into words.
    func explained(_ error: any Error) -> any Error {
        switch error {
        case is ConnectionFailure, is CancellationError: error
        case let error as IOError: explained(errno: error.errnoCode, error)
        case let error as NIOConnectionError: explained(error)
        case let error as HTTPClientError: explained(error)
        case let error as ChannelError: explained(error)
        case let error as NIOSSLError: explained(error)
        case let error as NIOSSLExtraError: explained(error)
        case HTTPParserError.invalidEOFState: lost(error)
        default: ConnectionFailure(.unexpectedAnswer, "what answers is not \(self)", cause: error)
        }
    }

    /// Turns an error of the system into words.
    func explained(errno: Int32, _ error: any Error) -> ConnectionFailure {
        switch errno {
        case ECONNRESET, EPIPE, EBADF, ENOTCONN: return lost(error)
        default: break
        }
        guard case .socket(let path) = way else { return unreachable(errno: errno, error) }
        switch errno {
        case ENOENT:
            return ConnectionFailure(
                .noDaemon,
                "no daemon answers: there is no socket \(path). Start it with: sandglassd",
            )
        case ECONNREFUSED, ENOTSOCK:
            return ConnectionFailure(.noDaemon, "no daemon answers: nobody serves \(path). Start it with: sandglassd")
        case EACCES, EPERM:
            return ConnectionFailure(
                .notPermitted,
                "you may not use the socket \(path): run this as root, or as a member of the group its folder belongs to",
            )
        default:
            return ConnectionFailure(.lost, "the connection to \(self) failed", cause: error)
        }
    }

    /// The failure of a connection that broke.
    func lost(_ cause: (any Error)? = nil) -> ConnectionFailure {
        ConnectionFailure(.lost, "the connection to \(self) was lost; was it stopped?", cause: cause)
    }

    /// The failure of a call that took too long.
    func late() -> ConnectionFailure {
        ConnectionFailure(.timedOut, "\(self) did not answer in time; its log says what it is doing")
    }

    private func unreachable(errno: Int32, _ error: any Error) -> ConnectionFailure {
        guard errno == ECONNREFUSED else {
            return ConnectionFailure(.unreachable, "\(self) cannot be reached", cause: error)
        }
        return ConnectionFailure(
            .unreachable,
            "nobody answers for \(self): does it run, and listen there (SANDGLASS_LISTEN)?",
        )
    }

    private func explained(_ error: NIOConnectionError) -> any Error {
        // A name may have several addresses; that nobody answers at one says more than that another cannot be reached.
        let errors = error.connectionErrors.map(\.error)
        if let told = errors.first(where: { ($0 as? IOError)?.errnoCode == ECONNREFUSED }) ?? errors.first {
            return explained(told)
        }
        return ConnectionFailure(
            .unreachable,
            "\(self) cannot be reached: the name \(error.host) leads nowhere",
            cause: error.dnsAError ?? error.dnsAAAAError,
        )
    }

    private func explained(_ error: HTTPClientError) -> any Error {
        switch error {
        case .deadlineExceeded, .connectTimeout, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout,
            .tlsHandshakeTimeout:
            late()
        case .cancelled: CancellationError()
        case .remoteConnectionClosed, .uncleanShutdown: lost(error)
        default: ConnectionFailure(.lost, "the request to \(self) failed", cause: error)
        }
    }

    private func explained(_ error: ChannelError) -> any Error {
        if case .connectTimeout = error { return late() }
        return lost(error)
    }

    // MARK: TLS

    private func explained(_ error: NIOSSLError) -> any Error {
        guard case .handshakeFailed(let reason) = error else { return lost(error) }
        // The library has no other name for it.
        let text = "\(reason)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return ConnectionFailure(
                .untrusted,
                "the certificate of \(self) is not trusted: nobody you trust has signed it, or it is out of date. Where it "
                    + "signs itself, get it from the service's host and name its file with --ca or SANDGLASS_CA",
            )
        }
        if text.contains("WRONG_VERSION_NUMBER") {
            return ConnectionFailure(.unexpectedAnswer, "what answers is not \(self): it does not speak TLS")
        }
        return ConnectionFailure(.unexpectedAnswer, "\(self) does not agree to speak TLS", cause: error)
    }

    private func explained(_ error: NIOSSLExtraError) -> any Error {
        switch error {
        case .failedToValidateHostname, .serverHostnameImpossibleToMatch:
            ConnectionFailure(
                .untrusted,
                "\(self) shows a certificate for another name: reach it by a name that its certificate is for",
            )
        default:
            ConnectionFailure(.unexpectedAnswer, "\(self) does not agree to speak TLS", cause: error)
        }
    }
}
