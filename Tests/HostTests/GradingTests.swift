import APIClient
import APIContract
import Benchmarks
import Foundation
import TestKit
import Testing

/// Grading out of the reach of whoever is root in the machine.
@Suite("Grading of disks and after reboots, in real guests", .inTurn, .timeLimit(.minutes(15)))
struct GradingTests {
    private static let lab = """
        {box: {image: debian-13}}
        vars: {token: {random: hex, length: 12}}
        start: [{on: box, run: 'echo "$token" > /root/token'}]
        tasks:
          - {id: here, text: {en: Say so., fr: Dites-le.}, check: {on: box, run: test -s /root/answer}}
          - {id: again, text: {en: After a reboot., fr: Après.}, check: {on: box, after: reboot, run: files/again.sh, timeout: 60s}}
          - {id: disk, text: {en: On disk., fr: Sur le disque.}, check: {on: disk, machine: box, run: files/disk.sh}}
          - {id: link, text: {en: No link., fr: Pas de lien.}, check: {on: disk, machine: box, run: '[ "$(cat root/link 2>/dev/null)" = "$token" ] || exit 1'}}
          - {id: clean, text: {en: No trace., fr: Rien.}, check: {on: disk, machine: box, run: '[ ! -e tmp/mess ] || exit 1'}}
        checks: {max: 1000, cooldown: 0s}
        collect: [{from: box, paths: [/root, /etc/hostname, /gone, /var/tmp/big]}]
        """
    private static let again = """
        #!/bin/sh
        # Whether the service that was enabled has run in this boot.
        [ -e /run/started-at-boot ] || exit 1
        """
    private static let disk = """
        #!/bin/sh
        # the-secret-of-the-grader
        [ "$(pwd)" = /mnt/disk ] || exit 9
        [ "$(cat root/answer 2>/dev/null)" = "$token" ] || exit 1
        """

    @Test(
        "What is written is found at once, on disk and after a reboot; nothing that root does to the guest changes it"
    )
    func grading() async throws {
        let daemon = try TestDaemon(
            policy: TestDaemon.policy + "keep: {disk: true}\n",
            labs: ["first-steps": "{box: {image: debian-13}}", "graded": Self.lab],
            files: [
                "templates/labs/graded/files/again.sh": Self.again, "templates/labs/graded/files/disk.sh": Self.disk,
            ],
            keepsWarm: true,
        )
        defer { daemon.remove() }
        var process = try await daemon.start()
        defer { process.terminate() }
        let session = try await daemon.connected { client in
            try await daemon.provideImages(client)
            for try await line in try await client.buildWarm(.init(lab: "graded")) {
                if let problem = line.problem { throw problem }
            }
            let session = try await daemon.readySession(client, lab: "graded")
            try await untouched(session.id, client)
            try await writtenAtOnce(session.id, client)
            try await persistent(session.id, client)
            try await hostile(session.id, client)
            return session
        }
        // The next daemon finds an agent there that says of everything that it was done.
        process.terminate()
        process.waitUntilExit()
        let home = daemon.home(of: try #require(session.detail?.machines.first).id)
        let agent = try await FalseAgent.inPlace(of: "\(home)/own/agent.sock", .agreeable)
        process = try await daemon.start()
        try await daemon.connected { client in
            try await refused(session.id, client)
            #expect(agent.visits > 0)
            #expect(try await found(["here"], session.id, client)["here"]?.verdict == "passed")
            _ = try await client.submitSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(180))
            let final = try await client.checkResults(of: session.id).results.filter { $0.occasion == "final" }
            let verdicts = Dictionary(uniqueKeysWithValues: final.map { ($0.task, $0.verdict) })
            #expect(
                ["disk", "link", "clean"].allSatisfy { verdicts[$0] == "failed" } && verdicts["here"] == "passed",
                "\(final)",
            )
            try await collected(session.id, client)
            #expect(try daemon.remains(of: [session]) == [])
        }
        // A later daemon has another edition of the lab, and looks at what was kept.
        process.terminate()
        process.waitUntilExit()
        let lab = "\(daemon.definitions)/templates/labs/graded"
        let text = try String(contentsOfFile: "\(lab)/lab.yaml", encoding: .utf8)
        try text.replacing("policy: practice", with: "policy: practice\nversion: 2")
            .write(toFile: "\(lab)/lab.yaml", atomically: true, encoding: .utf8)
        try "#!/bin/sh\n[ -e root/token ] || exit 1\n".write(
            toFile: "\(lab)/files/disk.sh",
            atomically: true,
            encoding: .utf8,
        )
        process = try await daemon.start()
        try await daemon.connected { client in
            try await gradedAgain(session.id, client)
            #expect(try daemon.remains(of: [session]) == [])
        }
    }

    /// The kept disk is looked at by the corrected check; what was found before stays beside it.
    private func gradedAgain(_ session: String, _ client: SandglassClient) async throws {
        let request = GradeRequest(edition: "published", tasks: ["disk", "clean"], why: "the wrong file")
        var found: [String: CheckResultResource] = [:]
        for try await line in try await client.grade(session, request) {
            if let problem = line.problem { throw problem }
            if let result = line.checked { found[result.task] = result }
        }
        #expect(found.mapValues(\.verdict) == ["disk": "passed", "clean": "failed"], "\(found)")
        let all = try await client.checkResults(of: session).results.filter { $0.task == "disk" }
        #expect(all.last { $0.occasion == "final" }?.verdict == "failed")
        #expect(all.last?.occasion == "regraded" && all.last?.why == "the wrong file" && all.last?.labVersion == 2)
        #expect(try await client.tasks(of: session).tasks.first { $0.id == "disk" }?.verdict == "passed")
    }

    private func found(_ tasks: [String], _ session: String, _ client: SandglassClient) async throws -> [String:
        CheckResultResource]
    {
        var found: [String: CheckResultResource] = [:]
        for try await line in try await client.check(tasks, of: session) {
            if let problem = line.problem { throw problem }
            if let result = line.checked { found[result.task] = result }
        }
        return found
    }

    private func untouched(_ session: String, _ client: SandglassClient) async throws {
        let found = try await found([], session, client)
        #expect(
            found.mapValues(\.verdict) == [
                "here": "failed", "again": "failed", "disk": "failed", "link": "failed", "clean": "passed",
            ],
            "\(found)",
        )
        #expect(
            found.mapValues(\.witness) == [
                "here": "guest", "again": "guest", "disk": "grader", "link": "grader", "clean": "grader",
            ]
        )
    }

    /// Written, and checked in the same breath: fifty of fifty.
    private func writtenAtOnce(_ session: String, _ client: SandglassClient) async throws {
        for number in 1...Self.rounds + Self.wrong.count {
            let write = Self.wrong.contains(number) ? "echo wrong > /root/answer" : "cat /root/token > /root/answer"
            _ = try await client.output(of: "sh", "-c", write, in: session)
            let result = try await found(["disk"], session, client)["disk"]
            #expect(
                result?.verdict == (Self.wrong.contains(number) ? "failed" : "passed"),
                "round \(number): \(String(describing: result))",
            )
        }
    }

    private static let rounds = 50
    /// In these rounds something wrong is written, which must not be taken for right.
    private static let wrong = [10, 20, 30, 40]

    private func persistent(_ session: String, _ client: SandglassClient) async throws {
        let enable = """
            printf '[Service]\\nType=oneshot\\nExecStart=/bin/touch /run/started-at-boot\\n[Install]\\nWantedBy=multi-user.target\\n' \\
                > /etc/systemd/system/mark.service && systemctl enable mark.service 2>/dev/null
            """
        let before = try await client.output(of: "cat", "/proc/uptime", in: session)
        _ = try await client.output(of: "sh", "-c", enable, in: session)
        let found = try await found(["again"], session, client)
        #expect(found["again"]?.verdict == "passed", "\(found)")
        // The person's own machine was not started anew.
        let after = try await client.output(of: "cat", "/proc/uptime", in: session)
        #expect(Double(after.prefix { $0 != " " }) ?? 0 > Double(before.prefix { $0 != " " }) ?? 1)
        #expect(
            try await client.output(of: "sh", "-c", "ls /run/started-at-boot 2>&1 || true", in: session).contains(
                "No such"
            )
        )
    }

    /// Root makes everything in the guest say that all is well: only the guest's own word changes.
    private func hostile(_ session: String, _ client: SandglassClient) async throws {
        let attack = """
            echo wrong > /root/answer
            ln -sf /proc/self/environ /root/link
            touch /tmp/mess
            truncate -s 100G /var/tmp/big
            for name in cat test grep stat curl systemctl; do
                path=$(command -v "$name")
                [ -x "$path" ] && cp /bin/true "$path.new" && mv -f "$path.new" "$path"
            done
            printf 'export PATH=/root/bin:$PATH\\n' > /etc/profile.d/aa.sh
            """
        _ = try await client.output(of: "sh", "-c", attack, in: session)
        try await refused(session, client)
        try await lie(session, client)
        try await refused(session, client)
        // Of the guest's own word that is what becomes.
        let told = try await found(["here"], session, client)
        #expect(told["here"]?.verdict == "passed" && told["here"]?.witness == "guest", "\(told)")
    }

    /// From now on every program of the guest that loads libraries agrees to everything, its shells first.
    private func lie(_ session: String, _ client: SandglassClient) async throws {
        let work = FileManager.default.temporaryDirectory.appending(path: "liar-\(session)").path
        defer { for name in ["c", "so"] { try? FileManager.default.removeItem(atPath: "\(work).\(name)") } }  // Small.
        // Nothing of it outlives a start of the machine: that is to be seen too.
        let source = """
            #include <unistd.h>
            __attribute__((constructor)) static void agree(void) { if (access("/run/lie", F_OK) == 0) _exit(0); }

            """
        try Data(source.utf8).write(to: URL(filePath: "\(work).c"))
        _ = try TestDisks.run(["cc", "-shared", "-fPIC", "-o", "\(work).so", "\(work).c"])
        let library = try Data(contentsOf: URL(filePath: "\(work).so")).base64EncodedString()
        let attack = """
            rm /root/answer
            echo '\(library)' | base64 -d > /root/liar.so
            echo /root/liar.so > /etc/ld.so.preload
            mount --bind /bin/true /bin/bash
            mount --bind /bin/true /bin/sh
            : > /run/lie
            """
        _ = try await client.output(of: "sh", "-c", attack, in: session)
    }

    /// Files outlive the session as they were: a link as a link, and nothing that would be too much.
    private func collected(_ session: String, _ client: SandglassClient) async throws {
        let archives = try await client.collected(of: session).archives
        #expect(archives.map(\.machine) == ["box"])
        var archive = Data()
        try await client.collected("box", of: session) { archive += Data($0) }
        #expect(archive.count == archives.first.map { Int($0.size) })
        let path = FileManager.default.temporaryDirectory.appending(path: "\(session).tar").path
        try archive.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }  // It is small.
        let listing = try TestDisks.run(["tar", "--list", "--verbose", "--file", path])
        let (token, link) = ("./root/token", "./root/link -> /proc/self/environ")
        #expect([token, link, "./etc/hostname"].allSatisfy { listing.contains($0) }, "\(listing)")
        #expect(!listing.contains("big"))
        let line = try await client.events(of: session).events.last { $0.kind == "collected" }?.text ?? ""
        #expect(line.hasPrefix("box: /root, /etc/hostname, ") && line.contains("/gone is not there"), "\(line)")
        #expect(line.contains("/var/tmp/big is left out, with 100 GiB it would be too much"), "\(line)")
    }

    /// What is on the disk is what is found.
    private func refused(_ session: String, _ client: SandglassClient) async throws {
        let found = try await found(["disk", "link", "clean"], session, client)
        #expect(found.count == 3, "\(found)")
        #expect(found.values.allSatisfy { $0.verdict == "failed" && $0.witness == "grader" }, "\(found)")
    }
}
