import APIClient
import APIContract
import Foundation

/// How long checks take beside a warm fork and a cold boot of the same service, and what grading many sessions at once does
/// to somebody who works on.
package struct GradeBench: Sendable {
    /// The lab with a task for each kind of check.
    static let lab = "grade"
    /// The lab of the sessions that are all graded at once.
    static let crowdLab = "grade-many"

    private let setup: PrivateDaemon.Setup
    private let rounds: Int
    private let boots: Int
    private let crowd: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - rounds: How often each kind of check is made that takes no boot; the median counts.
    ///   - boots: How often those that do.
    ///   - crowd: How many sessions are submitted at once.
    package init(_ setup: PrivateDaemon.Setup, rounds: Int = 9, boots: Int = 5, crowd: Int = 30) {
        var setup = setup
        // As in the cold benchmark the quota must not bind.
        setup.files["policies/practice.yaml"] = BenchDefinitions.policy(
            resources: "vcpus: 2, cpuPercent: 200, memory: 1G, disk: 8G",
            limit: "4h",
            concurrency: 200,
        )
        setup.files["templates/labs/\(Self.lab)/lab.yaml"] = BenchDefinitions.lab(
            Self.lab,
            machine: Self.machine,
            Self.oneOfEach,
        )
        setup.files["templates/labs/\(Self.crowdLab)/lab.yaml"] = BenchDefinitions.lab(
            Self.crowdLab,
            machine: Self.machine,
            Self.three,
        )
        // Snapshots of other labs would be built beside what is measured.
        setup.labs = []
        setup.environment["SANDGLASS_MEMORY_OVERCOMMIT"] = "10"
        setup.environment["SANDGLASS_DISK_OVERCOMMIT"] = "50"
        setup.environment["SANDGLASS_LOG_LEVEL"] = "info"
        self.setup = setup
        self.rounds = rounds
        self.boots = boots
        self.crowd = crowd
    }

    static let machine = "vcpus: 1, memory: 512M"

    private static let oneOfEach = """
        setup:
          - on: box
            run: >-
              systemd-run --quiet --unit=page python3 -m http.server --directory /srv 8080;
              until curl -so /dev/null http://localhost:8080/; do sleep 0.2; done
        tasks:
          - {id: run, text: {en: In the guest.}, check: {on: box, run: 'true'}}
          - {id: tcp, text: {en: A port.}, check: {via: forward, machine: box, tcp: 'localhost:8080'}}
          - {id: http, text: {en: A page.}, check: {via: forward, machine: box, http: 'http://localhost:8080/'}}
          - {id: disk, text: {en: On disk.}, check: {on: disk, machine: box, run: 'test -d etc'}}
          - {id: reboot, text: {en: After a reboot.}, check: {on: box, run: 'true', after: reboot}}
        """

    private static let three = """
        tasks:
          - {id: first, text: {en: In the guest.}, check: {on: box, run: 'test -e \(GradeStage.done)'}}
          - {id: disk, text: {en: On disk.}, check: {on: disk, machine: box, run: 'test -e .\(GradeStage.done)'}}
          - {id: last, text: {en: In the guest.}, check: {on: box, run: 'test -s \(GradeStage.done)'}}
        """

    /// Each task has a solution of its own; the last must outlive a start of the machine.
    static let solvable = """
        tasks:
          - id: file
            text: {en: Write a file., fr: Écrivez un fichier.}
            check: {on: box, run: '[ -e /srv/file ] || exit 1'}
          - id: kept
            text: {en: Write another one., fr: Écrivez-en un autre.}
            check: {on: disk, machine: box, run: '[ -e srv/kept ] || exit 1'}
          - id: unit
            text: {en: Enable the unit., fr: Activez cette unité.}
            check: {on: box, run: 'systemctl is-enabled --quiet systemd-networkd || exit 1'}
        solve:
          - {task: file, on: box, run: 'touch /srv/file'}
          - {task: kept, on: box, run: 'touch /srv/kept'}
          - {task: unit, on: box, run: 'systemctl enable systemd-networkd'}
        """

    /// Measures.
    ///
    /// A part that fails is a trouble of the report; the others are measured all the same.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: The figures.
    /// - Throws: What kept it from measuring anything.
    package func run(tell: @escaping @Sendable (String) -> Void) async throws -> BenchReport {
        try await PrivateDaemon.measured(setup) { daemon, _ in
            let stage = GradeStage(daemon, tell)
            try await daemon.connected { client in
                try await daemon.provide(image: BenchDefinitions.image, client)
                tell("building the snapshots")
                try await stage.prepare(client)
            }
            try await stage.part("checks, and forks beside them") { try await stage.checks(rounds: rounds, $0) }
            try await stage.part("what a check of the disk is felt like") {
                try await stage.pauses(rounds: rounds, $0)
            }
            try await stage.part("checks after a reboot, and boots beside them") {
                try await stage.reboots(rounds: boots, $0)
            }
            try await stage.part("all tests of a lab with three tasks") { try await stage.labTests($0) }
            try await stage.part("an edited check, made again") { try await stage.edits(rounds: rounds, $0) }
            try await stage.part("\(crowd) submitted at once") { try await stage.crowd(of: crowd, $0) }
            return stage.findings.report
        }
    }
}
