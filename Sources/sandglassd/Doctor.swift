import APIContract
import DiskImages
import Foundation
import Glibc
import HTTPAPI
import LibvirtDriver
import Logging
import SessionModel

/// Looks the host over: can it run sessions, and what would help.
///
/// Looking is done here; what a look means is decided by ``Finding``s made of it, in `Doctor+Findings.swift`.
struct Doctor: Sendable {
    let settings: Settings
    /// Why nobody comes by SSH to the daemon that asks, where it knows of something.
    var sshTrouble: String?

    typealias Finding = HostReport.Finding

    /// Looks at everything.
    ///
    /// Takes about as long as the acceleration probe, which is under a second unless KVM hangs.
    func report() async -> HostReport {
        var findings = [Self.rights(userID: geteuid())]
        var acceleration: Acceleration?
        if settings.isSimulation {
            findings.append(Self.simulation(settings.libvirt))
        } else {
            let found = await emulation()
            findings += found.findings
            acceleration = found.acceleration
        }
        findings += await room()
        findings += ssh()
        findings.append(Self.clock(isPlausible: isPlausible(), isKept: isKept()))
        return HostReport(
            fit: !findings.contains { $0.level == .failure },
            acceleration: acceleration?.rawValue,
            findings: findings,
        )
    }

    // MARK: Looking

    private func emulation() async -> (findings: [Finding], acceleration: Acceleration?) {
        let groupID = try? LibvirtDriverConfiguration.groupID()  // A missing group is a finding of its own.
        let driver = driver()
        var findings: [Finding] = []
        var acceleration: Acceleration?
        let hasEmulator = access(settings.emulator, X_OK) == 0
        if hasEmulator {
            let found = await AccelerationProbe.probe(
                emulator: settings.emulator,
                as: groupID.map { EmulatorUser(userID: settings.sandboxUserID, groupID: $0) },
            )
            acceleration = found.acceleration
            findings.append(Self.acceleration(found))
        }
        do {
            findings.append(Self.libvirt(version: try await driver.libvirtVersion(), at: settings.libvirt))
            findings += hasEmulator ? await emulator(driver) : [Self.noEmulator(settings.emulator)]
        } catch {
            findings.append(Self.noLibvirt(at: settings.libvirt, because: error))
            if !hasEmulator { findings.append(Self.noEmulator(settings.emulator)) }
        }
        findings.append(Self.group(groupID))
        return (findings, acceleration)
    }

    private func emulator(_ driver: LibvirtHypervisor) async -> [Finding] {
        do {
            let facts = try await driver.facts()
            let appArmor = Self.appArmor(
                model: facts.securityModel,
                rules: try? String(contentsOfFile: Self.appArmorRules, encoding: .utf8),  // None where it is absent.
                state: realPath(of: settings.stateFolder),
            )
            return [
                Self.emulator(version: facts.emulatorVersion),
                Self.seccomp(isOn: facts.isSandboxed),
                Self.controlGroups(facts.controlGroups),
            ] + (appArmor.map { [$0] } ?? [])
        } catch {
            return [Self.unusableEmulator(settings.emulator, because: error)]
        }
    }

    private func driver() -> LibvirtHypervisor {
        LibvirtHypervisor(
            configuration: LibvirtDriverConfiguration(
                uri: settings.libvirt,
                installation: "doctor",
                acceleration: .tcg,
                emulator: settings.emulator,
                groupID: 0,
                patience: .zero,
                locate: { _ in throw Failure(.internal, "the doctor starts no machines") },
                machineFolder: { _ in "" },
                savedState: { _ in "" },
            ),
            logger: Logger(label: "doctor", factory: { _ in SwiftLogNoOpLogHandler() }),
        )
    }

    private func ssh() -> [Finding] {
        guard let address = settings.sshListen else { return [] }
        return Self.ssh(
            at: address,
            SSHInstance.obstacles(program: settings.sshd, user: Settings.sshUser, tool: settings.tool),
            trouble: sshTrouble,
        )
    }

    private func room() async -> [Finding] {
        do {
            let capacity = try await LinuxHostGauge(layout: DiskLayout(state: existingFolder())).available()
            return [
                Self.memory(free: capacity.memory),
                Self.disk(free: capacity.disk, at: settings.stateFolder),
            ]
        } catch {
            return [Self.unknownRoom(settings.stateFolder, because: error)]
        }
    }

    /// The state folder, or what there is of its path before the daemon has first run.
    private func existingFolder() -> String {
        var folder = settings.stateFolder
        while access(folder, F_OK) != 0, let slash = folder.lastIndex(of: "/"), folder != "/" {
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        return folder
    }

    /// The path without links in it, as far as it exists; rules of the kernel know no other.
    private func realPath(of path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path() }

    /// Whether the wall clock is later than this program's own date.
    private func isPlausible() -> Bool {
        var program = stat()
        return stat("/proc/self/exe", &program) != 0 || time(nil) >= program.st_mtim.tv_sec
    }

    /// Whether a time service runs here.
    private func isKept() -> Bool {
        // Without /proc none is found.
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { process in
            guard Int(process) != nil else { return false }
            // A process may be gone by now.
            let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
            return name.map { Self.timeServices.contains($0.trimmingCharacters(in: .newlines)) } ?? false
        }
    }
}
