import CLibvirt

/// What libvirt says after a call of it failed.
struct LibvirtError: Error, Equatable, CustomStringConvertible {
    /// The library's function that failed.
    let call: String
    /// The part of the reason that callers branch on.
    let code: Code
    /// The library's own words.
    let message: String

    var description: String { "\(call): \(message)" }

    /// The reasons that callers branch on.
    enum Code: Equatable, Sendable {
        /// There is no such domain, or it went away meanwhile.
        case noDomain
        /// The domain has no element of our namespace.
        case noMetadata
        /// A value that was handed over names nothing, or makes no sense.
        case invalidArgument
        /// The library's driver cannot do this at all.
        case unsupported
        /// The emulator refused, not the library; the call is the monitor's command.
        case emulator
        /// The emulator has looked at a state and cannot load it.
        case unloadable
        /// Anything else, by the library's number.
        case other(Int32)

        fileprivate init(_ number: Int32) {
            switch virErrorNumber(rawValue: UInt32(bitPattern: number)) {
            case VIR_ERR_NO_DOMAIN: self = .noDomain
            case VIR_ERR_NO_DOMAIN_METADATA: self = .noMetadata
            case VIR_ERR_INVALID_ARG: self = .invalidArgument
            case VIR_ERR_NO_SUPPORT: self = .unsupported
            default: self = .other(number)
            }
        }
    }

    /// Reads why the last call failed.
    ///
    /// The library keeps that per thread: ask on the thread that called, before calling anything else.
    static func last(after call: String) -> LibvirtError {
        guard let error = virGetLastError() else {
            return LibvirtError(call: call, code: .other(0), message: "it failed and did not say why")
        }
        let message = error.pointee.message.map { String(cString: $0) } ?? "no message"
        return LibvirtError(call: call, code: Code(error.pointee.code), message: message)
    }
}
