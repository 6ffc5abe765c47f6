import Foundation
import SessionModel
import TestKit
import Testing

@testable import LibvirtDriver

@Suite(
    "The driver under KVM",
    .enabled("KVM does not run here", KVM.isWanted),
    .timeLimit(.minutes(3)),
)
struct HardwareTests {
    @Test("It keeps the contract", arguments: HypervisorConformance.allCases)
    func contract(_ item: HypervisorConformance) async throws {
        let finding = await KVM.probe()
        try #require(finding.acceleration == .kvm, "KVM is required: \(finding.why)")
        try await item.check(HostLane(.kvm).subject())
    }

    @Test("A guest runs under it, confined as under emulation")
    func confined() async throws {
        let finding = await KVM.probe()
        try #require(finding.acceleration == .kvm, "KVM is required: \(finding.why)")
        let lane = try HostLane(.kvm)
        try await lane.withRunning { machine in
            try await lane.driver.withConsole(machine.id) { try await lane.awaitGuest($0) }
            let emulator = try lane.emulator(of: machine.id)
            #expect(try emulator.status("Uid") == Array(repeating: "\(try #require(machine.userID))", count: 4))
            #expect(try emulator.status("CapEff") == ["0000000000000000"])
            #expect(try emulator.status("Seccomp") == ["2"])
            let devices = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(emulator.id)/fd").compactMap {
                // A descriptor may be closed between the two looks.
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(emulator.id)/fd/\($0)")
            }
            #expect(devices.contains { $0.hasSuffix("kvm-vm") }, "\(devices)")
        }
    }
}

/// Whether guests can run under KVM here.
enum KVM {
    /// Looks as the service does: as a user of libvirt's group.
    static func probe() async -> AccelerationFinding {
        // Without libvirt nothing runs at all; whoever may open the device is then not the question.
        let group = try? LibvirtDriverConfiguration.groupID()
        return await AccelerationProbe.probe(as: group.map { EmulatorUser(userID: 2_999_999, groupID: $0) })
    }

    /// Whether it runs, or is asked for whether it runs or not.
    @Sendable static func isWanted() async -> Bool {
        if ProcessInfo.processInfo.environment["SANDGLASS_KVM"] == "required" { return true }
        return await probe().acceleration == .kvm
    }
}
