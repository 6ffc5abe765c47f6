import CLibvirt
import Logging
import SessionModel
import TestKit

@testable import LibvirtDriver

/// libvirt's simulation in this process: real domains to the library, without guests.
///
/// All drivers of the process share it.
struct SimulatedHost {
    static let uri = "test:///default"

    static func driver(
        uri: String = uri,
        installation: String = "tests",
        callLimit: Duration = .seconds(60),
        patience: Duration = .seconds(3),
        folder: String = "/nowhere",
    ) -> LibvirtHypervisor {
        let configuration = LibvirtDriverConfiguration(
            uri: uri,
            installation: installation,
            acceleration: .tcg,
            groupID: 0,
            callLimit: callLimit,
            patience: patience,
            locate: { _ in throw Failure(.internal, "a simulated machine has no files") },
            machineFolder: { "\(folder)/\($0)" },
            savedState: { "\(folder)/\($0).saved" },
        )
        return LibvirtHypervisor(configuration: configuration, logger: Logger(label: "test"))
    }

    static func subject() throws -> HypervisorSubject {
        let folder = try TemporaryFolder()
        let keeper = StateKeeper(folder: folder)
        return HypervisorSubject(
            hypervisor: driver(folder: folder.path),
            prepare: { session in
                let machine = try Samples.machine(session: session)
                try keeper.makeFolder(of: machine)
                return machine
            },
            states: HypervisorStates(
                prepareTemplate: {
                    let template = try Samples.machine(role: .template)
                    try keeper.makeFolder(of: template)
                    return template
                },
                fork: { _ in
                    let fork = try Samples.machine(fork: Samples.fork())
                    try keeper.makeFolder(of: fork)
                    return fork
                },
                prepareSave: { try keeper.prepareSave(of: $0) },
                sealSave: { try keeper.sealSave(of: $0) },
            ),
            end: { id, exit in try end(id, exit) },
            placeForeign: { machine in
                let document = Markup("domain", ["type": "test"]) {
                    Markup("name", text: "foreign-\(machine.id)")
                    Markup("uuid", text: machine.id)
                    Markup("memory", text: 1_024)
                    Markup("os") { Markup("type", text: "hvm") }
                }.document
                _ = try connect().start(document)
            },
            removeForeign: { try connect().require($0).destroy() },
            successor: { driver(folder: folder.path) },
        )
    }

    static func connect(_ uri: String = uri) throws -> Connection {
        try Connection(uri: uri, exits: ExitFeed(), logger: Logger(label: "test"))
    }

    /// Ends a simulated machine the way a guest or somebody else would.
    static func end(_ id: MachineID, _ exit: MachineExit) throws {
        let connection = virConnectOpen(uri)
        let domain = virDomainLookupByUUIDString(connection, id.description)
        defer {
            virDomainFree(domain)
            virConnectClose(connection)
        }
        let status =
            switch exit {
            case .poweredOff: virDomainShutdown(domain)
            case .crashed: virDomainCoreDump(domain, "/dev/null", VIR_DUMP_CRASH.rawValue)
            case .vanished: virDomainDestroy(domain)
            }
        guard status == 0 else { throw LibvirtError.last(after: "\(exit)") }
    }
}

extension Connection {
    /// A domain that must be there.
    func require(_ id: MachineID) throws -> DomainHandle {
        guard let domain = try domain(id) else { throw Failure(.notFound, "there is no domain \(id)") }
        return domain
    }
}
