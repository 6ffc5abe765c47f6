import Definitions
import SessionModel
import Testing

/// What is said about labs that are wrong, word for word.
@Suite struct LabFileTests {
    @Test("A lab with every field is read as it is written")
    func wholeLab() throws {
        let folder = try TemporaryFolder()
        let lab = try DefinitionLoader.loadLab(at: folder.write(Samples.lab, to: "first-steps/lab.yaml"))
        let machine = MachineShape(
            name: "web",
            image: ImageID(unchecked: "debian-13"),
            vcpus: 1,
            memory: .mebibytes(512),
            disk: .gibibytes(4),
        )
        let expected = Lab(
            id: LabID(unchecked: "first-steps"),
            version: 3,
            title: LocalizedText(["en": "First steps", "fr": "Premiers pas"]),
            policy: PolicyID(unchecked: "practice"),
            machines: [machine],
            warm: Lab.Warm(pool: 2),
            variables: [
                LabVariable("port", .port), LabVariable("token", .hex(length: 12)), LabVariable("n", .number(1...9)),
                LabVariable("d", .oneOf(["a", "b"])),
            ],
            setup: [LabScript(on: "web", .command("echo setup"), limit: .seconds(60))],
            start: [LabScript(on: "web", .command("echo \"$token\""), limit: .seconds(30))],
            ready: LabReadiness(LabScript(on: "web", .command("systemctl is-active nginx"), limit: .seconds(20))),
            description: Lab.Description(
                about: LocalizedText(["en": "It shows.", "fr": "Il montre."]),
                level: .easy,
                audience: .practice,
                minutes: 30,
                skills: ["nginx", "systemd"],
                trust: .guest,
            ),
            tasks: [
                LabTask(
                    id: "serve",
                    text: LocalizedText(["en": "Make it serve.", "fr": "Qu'il serve."]),
                    points: 40,
                    check: LabCheck(
                        .run(LabScript(on: "web", .command("test -e /srv/up"), limit: .seconds(10))),
                        retries: 3,
                    ),
                    report: .init(
                        passed: LocalizedText(["en": "It serves."]),
                        failed: LocalizedText(["en": "It does not."]),
                    ),
                    hints: [.init(text: LocalizedText(["en": "Look."]), cost: 5)],
                ),
                LabTask(
                    id: "persist",
                    text: LocalizedText(["en": "Keep it."]),
                    points: 10,
                    needs: ["serve"],
                    check: LabCheck(.run(LabScript(on: "web", .command("true"), limit: .seconds(30)))),
                ),
                LabTask(
                    id: "page",
                    text: LocalizedText(["en": "Show it."]),
                    points: 10,
                    check: LabCheck(
                        .forward(
                            LabProbe(
                                on: "web",
                                .http("http://localhost:80/"),
                                expect: .init(status: 200, contains: "here"),
                                limit: .seconds(30),
                            )
                        )
                    ),
                ),
                LabTask(
                    id: "listen",
                    text: LocalizedText(["en": "Listen."]),
                    points: 10,
                    check: LabCheck(.forward(LabProbe(on: "web", .tcp("localhost:80"), limit: .seconds(30)))),
                ),
            ],
            checks: Lab.CheckLimits(max: 20, cooldown: .seconds(15)),
            solve: [
                LabSolution(of: nil, LabScript(on: "web", .command("touch /srv/up"), limit: .seconds(30))),
                LabSolution(of: nil, LabScript(on: "web", .command("true"), limit: .seconds(60))),
            ],
            tests: [.untouchedFails, .solvedPasses],
        )
        #expect(lab == expected)
    }

    @Test("A lab may leave out its version and what its machine takes from the policy")
    func shortLab() throws {
        let folder = try TemporaryFolder()
        let text = """
            apiVersion: sandglass/v1
            kind: Lab
            id: small
            title: {en: Small}
            policy: practice
            machines: {box: {image: debian-13}}
            """
        let lab = try DefinitionLoader.loadLab(at: folder.write(text, to: "small/lab.yaml"))
        #expect(lab.version == 1)
        #expect(lab.warm.pool == 0)
        #expect(lab.machines == [MachineShape(name: "box", image: ImageID(unchecked: "debian-13"))])
    }

    @Test("What a lab's files say is part of it; a file that is not there is reported where it is named")
    func files() throws {
        let folder = try TemporaryFolder()
        let text = Samples.lab.replacing("run: echo setup", with: "run: files/break.sh")
        let path = try folder.write(text, to: "first-steps/lab.yaml")
        let errors = #expect(throws: DefinitionErrors.self) { try DefinitionLoader.loadLab(at: path) }
        #expect(
            errors?.diagnostics.map(\.description) == [
                "\(path):15:24: setup[0].run: \"files/break.sh\": the file cannot be opened: No such file or directory"
            ]
        )
        // A text alone is looked through without its files.
        #expect(DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: text).isEmpty)
        _ = try folder.write("#!/bin/sh\nexit 0\n", to: "first-steps/files/break.sh")
        let lab = try DefinitionLoader.loadLab(at: path)
        #expect(lab.setup.map(\.body) == [.file(path: "files/break.sh", text: "#!/bin/sh\nexit 0\n")])
    }

    @Test("Every mistake in a lab is reported where it is, with what was expected", arguments: Self.mistakes)
    func mistake(_ mistake: Mistake) throws {
        let text = try mistake.text(of: Samples.lab)
        let found = DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: text)
        #expect(found.map(\.description) == mistake.expected.map { "first-steps/lab.yaml:\($0)" })
    }

    @Test("Whoever is assessed is not scored by the guest's own word, unless the lab says so")
    func trust() throws {
        let assessment = Samples.lab.replacing("audience: practice", with: "audience: assessment")
        #expect(DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: assessment).isEmpty)
        let silent = assessment.replacing("trust: guest\n", with: "")
        let found = DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: silent)
        #expect(found.map(\.key) == (0..<4).map { "tasks[\($0)].check" })
        #expect(found.allSatisfy { $0.message.contains("say trust: guest") })
        let onDisk = silent.replacing("check: {on: web", with: "check: {on: disk, machine: web")
        let left = DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: onDisk)
        #expect(left.map(\.key) == ["tasks[2].check", "tasks[3].check"])
        // A disk that is looked at only where the guest has said that all is well.
        let leaning = """
            apiVersion: sandglass/v1
            kind: Lab
            id: first-steps
            title: {en: Lab}
            audience: assessment
            policy: practice
            machines: {box: {image: debian-13}}
            tasks:
              - {id: say, text: {en: Say}, points: 0, check: {on: box, run: 'true'}}
              - {id: do, text: {en: Do}, points: 1, needs: [say], check: {on: disk, machine: box, run: 'true'}}

            """
        let leant = DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: leaning)
        #expect(
            leant.map(\.key) == ["tasks[1].check"] && leant[0].message.contains("check what it needs with on: disk")
        )
        #expect(DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: practice(silent)).isEmpty)
    }

    private func practice(_ text: String) -> String {
        text.replacing("audience: assessment", with: "audience: practice")
    }

    @Test("What has no effect yet is refused as not supported, never ignored")
    func notSupported() {
        let found = DefinitionLoader.check(
            .lab,
            file: "first-steps/lab.yaml",
            text: Samples.lab.replacing("disk: 4G", with: "ports: []"),
        )
        #expect(
            found.map(\.description) == [
                "first-steps/lab.yaml:12:5: machines.web.ports: is not supported by this version"
            ]
        )
    }

    @Test("Checks of disks, after a reboot and over TLS are read as they are written")
    func waysToCheck() throws {
        let text = Samples.lab
            .replacing("solve: [{on", with: "solve: [{task: serve, on")
            .replacing("tcp: 'localhost:80'", with: "tls: 'localhost:443', expect: {name: web.test, days: 7}")
            .replacing("check: {on: web, run: 'true'}", with: "check: {on: web, after: reboot, run: 'true'}")
            .replacing("check: {on: web, run: test", with: "check: {on: disk, machine: web, run: test")
        let folder = try TemporaryFolder()
        let lab = try DefinitionLoader.loadLab(at: folder.write(text, to: "first-steps/lab.yaml"))
        #expect(lab.tasks.map(\.check.witness) == [.grader, .guest, .guest, .guest])
        #expect(lab.tasks.map(\.check.isAfterReboot) == [false, true, false, false])
        guard case .disk(let script) = lab.tasks[0].check.way, case .forward(let probe) = lab.tasks[3].check.way else {
            Issue.record("read as something else: \(lab.tasks.map(\.check.way))")
            return
        }
        #expect(script.machine == "web")
        #expect(probe.target == .tls("localhost:443"))
        #expect(probe.expect == LabProbe.Expectation(name: "web.test", days: 7))
        #expect(lab.solve.map(\.task) == ["serve", nil])
        #expect(lab.tests == [.untouchedFails, .solvedPasses])
    }

    static let mistakes = [
        Mistake("policy: practice", "polcy: practice", "6:1: polcy: is not a known key (did you mean \"policy\"?)"),
        Mistake("version: 3", "version: 0", "4:10: version: is 0: expected a whole number from 1 to 1000000"),
        Mistake(
            "  web:",
            "  db: {image: debian-13}\n  web:",
            "9:3: machines.web: several machines are not supported by this version",
        ),
        Mistake(
            "  web:",
            "  Web_1:",
            "8:3: machines.Web_1: is not a name: expected lower-case letters, digits and single dashes, 64 at most",
        ),
        Mistake(
            "    image: debian-13\n",
            "",
            "8:3: machines.web.image: is missing: expected a name of lower-case letters, digits and single dashes,"
                + " 64 at most",
        ),
        Mistake("disk: 4G", "ports: [80]", "12:5: machines.web.ports: is not supported by this version"),
        Mistake("disk: 4G", "dsk: 4G", "12:5: machines.web.dsk: is not a known key (did you mean \"disk\"?)"),
        Mistake(
            "disk: 4G",
            "tasks: []",
            "12:5: machines.web.tasks: is not a known key: expected one of image, vcpus, memory, disk, packages",
        ),
        Mistake(
            "policy: practice",
            "policy: practice\ncollect: [{from: wep, paths: [/root]}]",
            "7:18: collect[0].from: there is no machine \"wep\" in this lab (did you mean \"web\"?)",
        ),
        Mistake(
            "policy: practice",
            "policy: practice\ncollect: [{from: web, paths: [root]}]",
            "7:31: collect[0].paths[0]: \"root\" is not a path in a machine: expected a path such as /etc/nginx, with a leading"
                + " slash, without \".\" or \"..\"",
        ),
        Mistake(
            "policy: practice",
            "policy: practice\ncollect: [{from: web, paths: [/root]}, {from: web, paths: [/srv/../etc]}]",
            "7:60: collect[1].paths[0]: \"/srv/../etc\" is not a path in a machine: expected a path such as /etc/nginx, with a leading"
                + " slash, without \".\" or \"..\"",
        ),
        Mistake(
            "policy: practice",
            "policy: practice\ncollect: [{from: web, paths: [/root]}, {from: web, paths: [/srv]}]",
            "7:47: collect[1].from: is collected from already: say all its paths at once",
        ),
        Mistake(
            "    disk: 4G",
            "    packages: [Nginx]",
            "12:16: machines.web.packages[0]: \"Nginx\" is not a package: expected a package such as nginx, or nginx=1.26.3-3 in"
                + " that version alone",
        ),
        Mistake(
            "pool: 2",
            "pool: 101",
            "13:14: warm.pool: is 101: expected a whole number from 0 to 100",
        ),
        Mistake("pool: 2", "pool: two", "13:14: warm.pool: is \"two\": expected a whole number from 0 to 100"),
        Mistake("pool: 2", "pol: 2", "13:8: warm.pol: is not a known key (did you mean \"pool\"?)"),
        Mistake("warm: {pool: 2}", "warm: 2", "13:7: warm: is the number 2: expected a group with the key pool"),
        Mistake(
            "run: echo setup",
            "run: \"\"",
            "15:24: setup[0].run: \"\" has nothing to run in it: expected a command, or a file such as files/setup.sh",
        ),
        Mistake(
            "run: echo setup",
            "run: files/../../secret",
            "15:24: setup[0].run: \"files/../../secret\" is not a file of the lab: expected a command, or a file such as"
                + " files/setup.sh",
        ),
        Mistake(
            "run: echo setup",
            "run: files/../\u{301}secret",
            "15:24: setup[0].run: \"files/../\u{301}secret\" is not a file of the lab: expected a command, or a file such as"
                + " files/setup.sh",
        ),
        Mistake(
            "{on: web, run: echo setup",
            "{on: wep, run: echo setup",
            "15:14: setup[0].on: there is no machine \"wep\" in this lab (did you mean \"web\"?)",
        ),
        Mistake(
            "port: {random: port}",
            "Port: {random: port}",
            "14:8: vars.Port: is not a name: expected lower-case letters,"
                + " digits and _, beginning with a letter, 32 at most",
        ),
        Mistake(
            "{random: hex, length: 12}",
            "{random: hex}",
            "14:30: vars.token: random: hex needs length and nothing else",
        ),
        Mistake("from: 1, to: 9", "from: 9, to: 1", "14:64: vars.n: from must not be more than to"),
        Mistake("{oneOf: [a, b]}", "{random: port, oneOf: [a, b]}", "14:101: vars.d: needs either random or oneOf"),
        Mistake(
            "level: easy",
            "level: eazy",
            "19:8: level: is \"eazy\": expected one of \"intro\", \"easy\", \"medium\", \"hard\" (did you mean \"easy\"?)",
        ),
        Mistake(
            "check: {on: web, run: test",
            "check: {on: wep, run: test",
            "24:91: tasks[0].check.on: there is no machine \"wep\" in this lab (did you mean \"web\"?)",
        ),
        Mistake(
            "retries: 3",
            "after: tomorrow",
            "24:139: tasks[0].check.after: is \"tomorrow\": expected \"reboot\"",
        ),
        Mistake(
            "check: {on: web, run: test -e /srv/up",
            "check: {on: disk, machine: web, after: reboot, run: test -e /srv/up",
            "24:79: tasks[0].check: after: reboot goes without on: disk: a disk does not change by a reboot",
        ),
        Mistake(
            "check: {on: web, run: test",
            "check: {on: web, machine: web, run: test",
            "24:79: tasks[0].check: machine goes with via: forward or on: disk",
        ),
        Mistake(
            "solve: [{on: web",
            "solve: [{task: server, on: web",
            "26:16: solve[0].task: there is no task \"server\" in this lab (did you mean \"serve\"?)",
        ),
        Mistake(
            "tests: [untouched-fails",
            "tests: [untouched-passes",
            "27:9: tests[0]: is \"untouched-passes\": expected one of \"untouched-fails\", \"solved-passes\","
                + " \"solved-rebooted-passes\" (did you mean \"untouched-fails\"?)",
        ),
        Mistake(
            "retries: 3",
            "retries: 11",
            "24:141: tasks[0].check.retries: is 11: expected a whole number from 0 to 10",
        ),
        Mistake(
            "{id: persist, text: {en: Keep it.}, needs: [serve]",
            "{id: serve, text: {en: Keep it.}, needs: [server]",
            "24:254: tasks[1].id: there are two tasks \"serve\"",
            "24:291: tasks[1].needs[0]: there is no task \"server\" above this one (did you mean \"serve\"?)",
        ),
        Mistake("text: {en: Make it serve., ", "text: {", "24:21: tasks[0].text.en: is missing: expected text"),
        Mistake(
            "localhost:80/",
            "localhost:${prot}/",
            "24:373: tasks[2].check: there is no variable \"prot\" in this lab (did you mean \"port\"?)",
        ),
        Mistake(
            "'http://localhost:80/'",
            "localhost",
            "24:408: tasks[2].check.http: is not an address: expected one such as http://localhost:8080/",
        ),
        Mistake(
            "tcp: 'localhost:80'",
            "tcp: localhost",
            "24:548: tasks[3].check.tcp: is not a port: expected a name and a number such as localhost:80",
        ),
        Mistake(
            "tcp: 'localhost:80'",
            "tcp: 'localhost:80', run: ls",
            "24:507: tasks[3].check: via: forward goes without on and run",
        ),
        Mistake(
            "tcp: 'localhost:80'",
            "expect: {status: 200}",
            "24:507: tasks[3].check: via: forward needs one of tcp, http and tls",
        ),
        Mistake(
            "via: forward, machine: web, tcp: 'localhost:80'",
            "tcp: 'localhost:80'",
            "24:507: tasks[3].check: needs via: forward for tcp, http, tls and expect",
        ),
        Mistake(
            "via: forward, machine: web, tcp: 'localhost:80'",
            "retries: 1",
            "24:507: tasks[3].check: needs on and run, or via: forward",
        ),
        Mistake("within: 20s", "within: 2h", "17:58: ready.within: is \"2h\": expected 1s to 1h"),
        Mistake(
            "id: first-steps",
            "id: last-steps",
            "3:5: id: is \"last-steps\": expected \"first-steps\", as the folder is called",
        ),
    ]
}
