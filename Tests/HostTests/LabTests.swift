import APIClient
import APIContract
import Benchmarks
import Foundation
import Testing

/// What labs run in real guests.
@Suite("Labs in real guests", .inTurn, .timeLimit(.minutes(6)))
struct LabTests {
    private static let lab = """
        {box: {image: debian-13}}
        vars: {port: {random: port}, owner: {random: username}, token: {random: hex, length: 12}}
        setup: [{on: box, run: files/setup.sh, timeout: 60s}]
        start: [{on: box, run: files/start.sh, timeout: 20s}]
        ready: {on: box, run: test -e /run/started, within: 20s}
        tasks:
          - {id: answer, text: {en: Write your token to /root/answer.}, check: {on: box, run: files/check.sh, timeout: 20s}}
          - {id: page, text: {en: A page., fr: Une page.}, check: {via: forward, machine: box, http: "http://localhost:${port}/note", expect: {contains: "${token}"}}}
          - {id: never, text: {en: Nobody knows.}, check: {on: box, run: sleep 60, timeout: 1s}}
          - {id: kept, text: {en: Keep it.}, points: 0, check: {on: disk, machine: box, run: files/look.sh}}
        solve: [{on: box, run: files/solve.sh}]
        """
    private static let look = """
        #!/bin/sh
        # the-secret-of-the-sight
        [ -e root/kept ] || exit 1
        """
    private static let solve = """
        #!/bin/sh
        # the-secret-of-the-solution
        touch /root/kept
        """
    private static let check = """
        #!/bin/bash
        # the-secret-of-the-second-look
        [ -n "$token" ] || exit 2
        [ "$(cat /root/answer 2>&1)" = "$token" ] && exit 0
        echo "there is no such answer"
        exit 1
        """
    private static let setup = """
        #!/bin/bash
        # the-secret-of-the-setup
        set -e
        date +%s%N > /etc/was-set-up
        [ "$(stat -c %a /etc/was-set-up)" = 644 ]
        [ -z "$token" ]
        """
    private static let start = """
        #!/bin/sh
        # the-secret-of-the-start
        set -e
        useradd --create-home "$owner"
        echo "$port $token" > "/home/$owner/note"
        (cd "/home/$owner" && exec python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1) &
        (sleep 2; touch /run/started; exec sleep 1000) &
        """

    @Test(
        "Set-up is run once for all forks and the start once in each, with values of its own; of the scripts nothing stays"
    )
    func scripts() async throws {
        let daemon = try TestDaemon(
            labs: ["first-steps": "{box: {image: debian-13}}", "scripted": Self.lab],
            files: [
                "templates/labs/scripted/files/setup.sh": Self.setup,
                "templates/labs/scripted/files/start.sh": Self.start,
                "templates/labs/scripted/files/check.sh": Self.check,
                "templates/labs/scripted/files/look.sh": Self.look,
                "templates/labs/scripted/files/solve.sh": Self.solve,
            ],
            keepsWarm: true,
        )
        try await daemon.serving { client in
            for try await line in try await client.buildWarm(.init(lab: "scripted")) {
                if let problem = line.problem { throw problem }
            }
            let sessions = [
                try await daemon.readySession(client, lab: "scripted"),
                try await daemon.readySession(client, lab: "scripted"),
            ]
            var (setUp, notes): ([String], [String]) = ([], [])
            for session in sessions {
                try await client.requireFork(of: session.id)
                setUp.append(try await client.output(of: "cat", "/etc/was-set-up", in: session.id))
                notes.append(try await client.output(of: "sh", "-c", "cat /home/*/note; ls /home", in: session.id))
                #expect(try await client.output(of: "cat", "/run/started", in: session.id).isEmpty)
                try await check(session.id, client)
                try await search(session.id, client)
            }
            try await searchDisk(sessions[0].id, client)
            try daemon.search(disksFor: "the-secret-of-the-s")
            #expect(setUp[0] == setUp[1] && !setUp[0].isEmpty)
            #expect(notes[0] != notes[1])
            let note = /(2\d{4}) [0-9a-f]{12}\n(?s:.*)/
            for text in notes { #expect(text.wholeMatch(of: note) != nil, "\(text)") }
            try await reset(sessions[0], notes[0], client)
            try await graded(sessions, client, daemon)
        }
    }

    /// A task fails until it is done, in each session with its own answer; a check that hangs is no verdict.
    private func check(_ session: String, _ client: SandglassClient) async throws {
        func found(_ tasks: [String]) async throws -> [CheckResultResource] {
            var found: [CheckResultResource] = []
            for try await line in try await client.check(tasks, of: session) {
                if let problem = line.problem { throw problem }
                if let result = line.checked { found.append(result) }
            }
            return found
        }
        let before = try await found([])
        #expect(before.map(\.verdict) == ["failed", "passed", "unchecked", "failed"])
        #expect(before.first?.output == "there is no such answer")
        #expect(before[2].reason == "the check was not done within 1s")
        let solve = "cut -d' ' -f2 /home/*/note > /root/answer"
        _ = try await client.output(of: "sh", "-c", solve, in: session)
        #expect(try await found(["answer"]).map(\.verdict) == ["passed"])
        let standing = try await client.tasks(of: session)
        #expect(standing.points == 20 && standing.total == 30)
    }

    /// What counts is what is there when the session is submitted: the answer of one, nothing in the one that was reset.
    private func graded(_ sessions: [SessionResource], _ client: SandglassClient, _ daemon: TestDaemon) async throws {
        for (session, points) in zip(sessions, [10, 20]) {
            _ = try await client.submitSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(60))
            let standing = try await client.tasks(of: session.id)
            #expect(standing.points == points)
            #expect(standing.tasks.first?.passedBefore == true)
        }
    }

    /// What somebody who is root finds of the scripts' texts.
    private func search(_ session: String, _ client: SandglassClient) async throws {
        let command = """
            grep -ral 'the-secret-of-the-[s]' /etc /home /root /tmp /var /run /dev/shm /opt /srv 2>/dev/null
            journalctl --no-pager 2>/dev/null | grep -c 'the-secret-of-the-[s]'
            cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -c 'the-secret-of-the-[s]'
            ls -A /dev/shm
            """
        let found = try await client.output(of: "sh", "-c", command, in: session)
        #expect(found == "0\n0\n", "something is left of the scripts:\n\(found)")
    }

    /// What somebody who is root finds on the whole disk, also where nothing is kept any more.
    private func searchDisk(_ session: String, _ client: SandglassClient) async throws {
        let command = """
            import os
            os.sync()
            open('/proc/sys/vm/drop_caches', 'w').write('3')
            wanted = [b'the-secret-of-the-' + b's', b'was-set-' + b'up']
            found, rest, nothing = [False, False], b'', bytes(1 << 22)
            disk = open('/dev/vda', 'rb', buffering=0)
            while block := disk.read(1 << 22):
                if block != nothing:
                    text = rest + block
                    found = [found[i] or wanted[i] in text for i in range(2)]
                rest = block[-64:]
            print(*found)
            """
        let found = try await client.output(of: "python3", "-c", command, in: session, within: .seconds(120))
        // What the set-up has written is there: the search finds what there is.
        #expect(
            found == "False True\n",
            "something is left of the scripts on the disk, or it was not searched: \(found)",
        )
    }

    private func reset(_ session: SessionResource, _ note: String, _ client: SandglassClient) async throws {
        _ = try await client.resetSession(session.id)
        let end = ContinuousClock.now + .seconds(60)
        while try await client.session(session.id).resetting == true, .now < end {
            try await Task.sleep(for: .milliseconds(100))
        }
        let again = try await client.output(of: "sh", "-c", "cat /home/*/note; ls /home", in: session.id)
        #expect(again == note, "a reset is another variant")
    }
}
