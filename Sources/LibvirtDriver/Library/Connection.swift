import CLibvirt
import Glibc
import Logging
import SessionModel

/// One connection to libvirt, closed when the last reference to it goes.
///
/// Every method blocks.
///
/// A connection that was lost stays lost; ``LibvirtLink`` replaces it.
final class Connection: Sendable {
    // SAFETY: libvirt's connection object may be used from any number of threads at once; it is closed by `deinit` alone,
    // when nobody can hold it any more.
    nonisolated(unsafe) private let raw: OpaquePointer
    private let watch: Int32

    /// How often the other side must show that it is alive, in seconds, and how often it may fail to.
    private static let keepalive: (interval: Int32, misses: UInt32) = (5, 3)

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - uri: Which libvirt, for example `qemu:///system`.
    ///   - exits: Where the ends of domains are reported, on the library's event thread.
    ///   - logger: Where the loss of the connection is noted.
    /// - Throws: ``LibvirtError`` when nobody answers there.
    init(uri: String, exits: ExitFeed, logger: Logger) throws(LibvirtError) {
        try LibvirtLibrary.prepare()
        guard let raw = virConnectOpen(uri) else { throw .last(after: "virConnectOpen") }
        let reference = retainedContext(exits)
        let watch = sandglass_watch_lifecycle(raw, domainChanged, reference, releaseContext)
        guard watch >= 0 else {
            let error = LibvirtError.last(after: "virConnectDomainEventRegisterAny")
            releaseContext(reference)
            virConnectClose(raw)
            throw error
        }
        self.raw = raw
        self.watch = watch
        watchForLoss(logger)
    }

    deinit {
        virConnectDomainEventDeregisterAny(raw, watch)
        virConnectUnregisterCloseCallback(raw, connectionClosed)
        virConnectClose(raw)
    }

    /// Whether the connection can still be used; decided here, without asking the other side.
    var isAlive: Bool { virConnectIsAlive(raw) == 1 }

    /// Finds a domain, whoever owns it; `nil` when there is none.
    func domain(_ id: MachineID) throws(LibvirtError) -> DomainHandle? {
        if let raw = virDomainLookupByUUIDString(raw, id.description) { return DomainHandle(owning: raw) }
        let error = LibvirtError.last(after: "virDomainLookupByUUIDString")
        guard error.code == .noDomain else { throw error }
        return nil
    }

    /// Visits a domain, whoever owns it.
    ///
    /// - Parameters:
    ///   - id: Which.
    ///   - body: What to do with it.
    /// - Returns: What `body` returns; `nil` when there is no such domain or it goes away meanwhile.
    /// - Throws: ``LibvirtError``, or what `body` throws.
    func withDomain<Value>(_ id: MachineID, _ body: (borrowing DomainHandle) throws -> Value) throws -> Value? {
        guard let domain = try domain(id) else { return nil }
        do {
            return try body(domain)
        } catch let error as LibvirtError where error.code == .noDomain {
            return nil
        }
    }

    /// Starts a transient domain: it is forgotten by libvirt when it ends.
    ///
    /// - Parameters:
    ///   - document: The domain XML.
    ///   - isPaused: Whether its processors stand still at first.
    /// - Returns: The domain.
    /// - Throws: ``LibvirtError``, with the emulator's own words when it did not start.
    func start(_ document: String, isPaused: Bool = false) throws(LibvirtError) -> DomainHandle {
        let flags = isPaused ? VIR_DOMAIN_START_PAUSED.rawValue : 0
        guard let raw = virDomainCreateXML(raw, document, flags) else { throw .last(after: "virDomainCreateXML") }
        return DomainHandle(owning: raw)
    }

    /// Visits every domain of the host, whoever owns it.
    ///
    /// One that goes away meanwhile is passed over.
    func forEachDomain(_ visit: (borrowing DomainHandle) throws(LibvirtError) -> Void) throws(LibvirtError) {
        // SAFETY: the library allocates the list and fills in as many handles as it returns; both are given back here.
        var list: UnsafeMutablePointer<virDomainPtr?>?
        let count = virConnectListAllDomains(raw, &list, 0)
        guard count >= 0, let list else { throw .last(after: "virConnectListAllDomains") }
        defer { free(list) }
        // Every handle is taken over before the first visit, so that none is leaked when a visit throws.
        var failure: LibvirtError?
        for index in 0..<Int(count) {
            guard let raw = list[index] else { continue }
            let domain = DomainHandle(owning: raw)
            guard failure == nil else { continue }
            do {
                try visit(domain)
            } catch  where error.code != .noDomain {
                failure = error
            } catch {}
        }
        if let failure { throw failure }
    }

    /// The version of the libvirt on the other side.
    func libvirtVersion() throws(LibvirtError) -> String {
        var number: UInt = 0
        guard virConnectGetLibVersion(raw, &number) == 0 else { throw .last(after: "virConnectGetLibVersion") }
        return Self.version(number)
    }

    /// The version of the hypervisor behind it.
    func hypervisorVersion() throws(LibvirtError) -> String {
        var number: UInt = 0
        guard virConnectGetVersion(raw, &number) == 0 else { throw .last(after: "virConnectGetVersion") }
        return Self.version(number)
    }

    /// The model that confines emulators beside plain file ownership, for example `apparmor`; empty when there is none.
    func securityModel() throws(LibvirtError) -> String {
        var model = virSecurityModel()
        guard virNodeGetSecurityModel(raw, &model) == 0 else { throw .last(after: "virNodeGetSecurityModel") }
        // SAFETY: the library ends the text in its fixed field with a zero; nothing behind that is read.
        return withUnsafeBytes(of: model.model) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The command line that libvirt would start an emulator with.
    func emulatorCommand(for document: String) throws(LibvirtError) -> String {
        guard let text = virConnectDomainXMLToNative(raw, "qemu-argv", document, 0) else {
            throw .last(after: "virConnectDomainXMLToNative")
        }
        defer { free(text) }
        return String(cString: text)
    }

    /// What libvirt offers domains of that kind, as an XML document.
    func capabilities(emulator: String, machineType: String, domainType: String) throws(LibvirtError) -> String {
        guard let text = virConnectGetDomainCapabilities(raw, emulator, "x86_64", machineType, domainType, 0) else {
            throw .last(after: "virConnectGetDomainCapabilities")
        }
        defer { free(text) }
        return String(cString: text)
    }

    private static func version(_ number: UInt) -> String {
        "\(number / 1_000_000).\(number / 1_000 % 1_000).\(number % 1_000)"
    }

    /// Asks for notice of the connection's loss.
    ///
    /// The in-process test driver offers neither call and cannot be lost.
    private func watchForLoss(_ logger: Logger) {
        let context = retainedContext(LossNotice(logger: logger))
        if virConnectRegisterCloseCallback(raw, connectionClosed, context, releaseContext) < 0 {
            releaseContext(context)
        }
        virConnectSetKeepAlive(raw, Self.keepalive.interval, Self.keepalive.misses)
    }
}

/// Carries a logger into the library's callback.
private final class LossNotice: Sendable {
    let logger: Logger

    init(logger: Logger) { self.logger = logger }
}

private func connectionClosed(_ raw: virConnectPtr?, _ reason: Int32, _ context: CallbackContext?) {
    object(in: context, as: LossNotice.self)?.logger.warning(
        "The connection to libvirt was lost; guests are not affected, the next call connects again",
        metadata: ["libvirt.closeReason": "\(reason)"],
    )
}
