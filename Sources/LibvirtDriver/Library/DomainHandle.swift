import CLibvirt
import Glibc
import SessionModel

/// A reference to one domain.
///
/// It lives and dies inside one hop to a blocking thread, never across an `await`.
///
/// Every method blocks on libvirt and throws ``LibvirtError``.
struct DomainHandle: ~Copyable {
    private let raw: OpaquePointer

    /// Takes over a reference that the library returned.
    init(owning raw: OpaquePointer) { self.raw = raw }

    deinit { virDomainFree(raw) }

    /// The domain's UUID; `nil` for one no ``MachineID`` could have.
    var id: MachineID? { MachineID(domain: raw) }

    /// The domain's name.
    var name: String { virDomainGetName(raw).map { String(cString: $0) } ?? "" }

    /// Whose the domain is.
    func ownership(as installation: String) throws(LibvirtError) -> Ownership {
        let element = Int32(bitPattern: VIR_DOMAIN_METADATA_ELEMENT.rawValue)
        guard let text = virDomainGetMetadata(raw, element, DomainMark.namespace, 0) else {
            let error = LibvirtError.last(after: "virDomainGetMetadata")
            if error.code == .noMetadata { return .foreign }
            throw error
        }
        defer { free(text) }
        let metadata = String(cString: text)
        guard let mark = DomainMark(metadata: metadata) else { return .unreadable(metadata) }
        return mark == DomainMark(installation: installation, session: mark.session) ? .ours(mark) : .foreign
    }

    /// What the domain does.
    func activity() throws(LibvirtError) -> ObservedMachine.Activity {
        var state: Int32 = 0
        try check(virDomainGetState(raw, &state, nil, 0), "virDomainGetState")
        switch virDomainState(rawValue: UInt32(bitPattern: state)) {
        case VIR_DOMAIN_RUNNING, VIR_DOMAIN_BLOCKED: return .running
        case VIR_DOMAIN_PAUSED, VIR_DOMAIN_PMSUSPENDED: return .suspended
        default: return .stopped
        }
    }

    /// Replaces the domain's mark while it is there.
    func setMark(_ mark: DomainMark) throws(LibvirtError) {
        let element = Int32(bitPattern: VIR_DOMAIN_METADATA_ELEMENT.rawValue)
        let text = mark.replacement.document
        let live = VIR_DOMAIN_AFFECT_LIVE.rawValue
        try check(
            virDomainSetMetadata(raw, element, text, DomainMark.prefix, DomainMark.namespace, live),
            "virDomainSetMetadata",
        )
    }

    /// Hands a command to the emulator's own monitor.
    ///
    /// - Parameter command: One JSON object of the QEMU monitor protocol.
    /// - Returns: The monitor's answer, which may be that it refuses.
    /// - Throws: ``LibvirtError`` when there is no answer.
    func monitor(_ command: String) throws(LibvirtError) -> String {
        // SAFETY: the library allocates the text when it succeeds; it is given back here.
        var answer: UnsafeMutablePointer<CChar>?
        defer { free(answer) }
        try check(virDomainQemuMonitorCommand(raw, command, &answer, 0), "virDomainQemuMonitorCommand")
        return answer.map { String(cString: $0) } ?? ""
    }

    /// Stops or starts the domain's processors.
    ///
    /// Does nothing when they do as wanted already.
    func bring(to wanted: ObservedMachine.Activity) throws(LibvirtError) {
        if try activity() == wanted { return }
        do {
            switch wanted {
            case .running: try resume()
            case .suspended: try suspend()
            case .stopped: try destroy()
            }
        } catch {
            // Two callers at once: the other may have done it.
            if try activity() == wanted { return }
            throw error
        }
    }

    /// Stops the domain's processors.
    ///
    /// An error when they stand still already is up to the library's driver.
    func suspend() throws(LibvirtError) { try check(virDomainSuspend(raw), "virDomainSuspend") }

    /// Lets the domain's processors go on.
    func resume() throws(LibvirtError) { try check(virDomainResume(raw), "virDomainResume") }

    /// Ends the domain at once.
    func destroy() throws(LibvirtError) { try check(virDomainDestroy(raw), "virDomainDestroy") }

    /// Plugs a device into the running domain.
    ///
    /// - Parameter device: Its XML.
    /// - Throws: ``LibvirtError`` when the emulator or the library refuses.
    func attach(_ device: String) throws(LibvirtError) {
        try check(
            virDomainAttachDeviceFlags(raw, device, VIR_DOMAIN_AFFECT_LIVE.rawValue),
            "virDomainAttachDeviceFlags",
        )
    }

    /// Whether the domain has a disk of that name.
    func hasDisk(_ target: String) throws(LibvirtError) -> Bool {
        var figures = virDomainBlockInfo()
        guard virDomainGetBlockInfo(raw, target, &figures, 0) < 0 else { return true }
        let error = LibvirtError.last(after: "virDomainGetBlockInfo")
        guard error.code == .invalidArgument else { throw error }
        return false
    }

    /// Sets what the running domain's emulator may use of the host's memory in all.
    func limitMemory(to ceiling: ByteCount) throws(LibvirtError) {
        var parameters: virTypedParameterPtr?
        var count: Int32 = 0
        var room: Int32 = 0
        defer { virTypedParamsFree(parameters, count) }
        let kibibytes = UInt64(ceiling.bytes) / 1024
        try check(
            virTypedParamsAddULLong(&parameters, &count, &room, VIR_DOMAIN_MEMORY_HARD_LIMIT, kibibytes),
            "virTypedParamsAddULLong",
        )
        let live = VIR_DOMAIN_AFFECT_LIVE.rawValue
        try check(virDomainSetMemoryParameters(raw, parameters, count, live), "virDomainSetMemoryParameters")
    }

    private func check(_ status: Int32, _ call: String) throws(LibvirtError) {
        guard status >= 0 else { throw .last(after: call) }
    }

    /// Whose a domain is.
    enum Ownership: Equatable {
        /// It carries our mark, made by the installation in question.
        case ours(DomainMark)
        /// It carries an element of our namespace that cannot be read: not ours to touch.
        case unreadable(String)
        /// It carries nothing of ours, or another installation's mark.
        case foreign
    }
}

extension MachineID {
    /// Reads the UUID of a domain.
    init?(domain raw: OpaquePointer) {
        var text = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
        guard virDomainGetUUIDString(raw, &text) == 0 else { return nil }
        self.init(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}
