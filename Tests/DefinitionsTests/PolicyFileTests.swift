import Definitions
import SessionModel
import Testing

/// What is said about policies that are wrong, word for word.
@Suite struct PolicyFileTests {
    @Test("A policy with every field is read as it is written")
    func wholePolicy() throws {
        let folder = try TemporaryFolder()
        let policy = try DefinitionLoader.loadPolicy(at: folder.write(Samples.policy, to: "practice.yaml"))
        let expected = Policy(
            id: PolicyID(unchecked: "practice"),
            title: LocalizedText(["en": "Practice", "fr": "Entraînement"]),
            time: Policy.TimeLimits(
                limit: .seconds(3600),
                enter: .seconds(1200),
                ready: .seconds(120),
                extendStep: .seconds(900),
                extendMax: .seconds(3600),
                idle: .seconds(1800),
                warn: [.seconds(600), .seconds(300), .seconds(60)],
                pause: .runs,
            ),
            resources: Policy.ResourceLimits(
                vcpus: 2,
                cpuPercent: 150,
                memory: .gibibytes(1),
                disk: .gibibytes(8),
                readRate: .mebibytes(100),
                writeRate: .mebibytes(50),
                readIOPS: 2000,
                writeIOPS: 1000,
            ),
            network: .none,
            isolation: .any,
            concurrency: Policy.Concurrency(perPerson: 2, host: 40),
            keep: Policy.Keep(disk: true),
            sharing: .none,
            feedback: .after,
            hints: .never,
            reset: .never,
            recording: Policy.Recording(.required, input: true, limit: .mebibytes(10)),
            retention: Policy.Retention(
                recordings: Days(30),
                files: Days(60),
                disks: Days(400),
                reason: "a lawsuit",
            ),
        )
        #expect(policy == expected)
    }

    @Test("A policy that says only what it must gets the model's defaults")
    func shortPolicy() throws {
        let folder = try TemporaryFolder()
        let policy = try DefinitionLoader.loadPolicy(at: folder.write(Samples.shortPolicy, to: "short.yaml"))
        let expected = Policy(
            id: PolicyID(unchecked: "short"),
            title: LocalizedText(["en": "Short"]),
            time: Policy.TimeLimits(limit: .seconds(90)),
            resources: Policy.ResourceLimits(vcpus: 1, cpuPercent: 100, memory: .mebibytes(64), disk: .mebibytes(1)),
            isolation: .hardware,
            concurrency: Policy.Concurrency(perPerson: 1, host: 1),
        )
        #expect(policy == expected)
    }

    @Test("Every mistake in a policy is reported where it is, with what was expected", arguments: Self.mistakes)
    func mistake(_ mistake: Mistake) throws {
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: try mistake.text(of: Samples.policy))
        #expect(found.map(\.description) == mistake.expected.map { "practice.yaml:\($0)" })
    }

    @Test("All mistakes of a file are reported together, in the order of the file")
    func allTogether() throws {
        let text = Samples.policy
            .replacing("limit: 1h", with: "limit: 60")
            .replacing("memory: 1G", with: "memroy: 1G")
            .replacing("isolation: any\n", with: "")
            .replacing("disk: true", with: "disk: 1")
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: text)
        #expect(
            found.map(\.description) == [
                "practice.yaml:1:1: isolation: is missing: expected one of \"hardware\", \"any\"",
                "practice.yaml:6:10: time.limit: is the number 60 without a unit: expected \(Self.time)",
                "practice.yaml:16:3: resources.memroy: is not a known key (did you mean \"memory\"?)",
                "practice.yaml:24:14: keep.disk: is the number 1: expected true or false",
            ]
        )
    }

    @Test(
        "What has no effect yet is refused as not supported, never ignored",
        arguments: ["access", "hibernate", "warm"],
    )
    func notSupported(_ key: String) {
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: Samples.policy + "\(key): none\n")
        #expect(found.map(\.description) == ["practice.yaml:32:1: \(key): is not supported by this version"])
    }

    @Test("Networks that do not exist yet are refused as not supported", arguments: ["lab", "allowlist", "internet"])
    func noNetwork(_ network: String) {
        let text = Samples.policy.replacing("network: none", with: "network: \(network)")
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: text)
        let why = "network: \"\(network)\" is not supported by this version: expected \"none\""
        #expect(found.map(\.description) == ["practice.yaml:22:10: \(why)"])
    }

    private static let time = "a time such as 90s, 15m or 1h30m"
    private static let size = "a size such as 512M or 4G"

    static let mistakes: [Mistake] = times + resources + evidence + others

    private static let times = [
        Mistake("  limit: 1h\n", "", "5:1: time.limit: is missing: expected \(time)"),
        Mistake("limit: 1h", "limt: 1h", "6:3: time.limt: is not a known key (did you mean \"limit\"?)"),
        Mistake("limit: 1h", "limit:", "6:3: time.limit: is empty: expected \(time)"),
        Mistake("limit: 1h", "limit: ~", "6:10: time.limit: is empty: expected \(time)"),
        Mistake("limit: 1h", "limit: [1h]", "6:10: time.limit: is a list: expected \(time)"),
        Mistake("limit: 1h", "limit: {h: 1}", "6:10: time.limit: is a group of keys: expected \(time)"),
        Mistake("limit: 1h", "limit: true", "6:10: time.limit: is true: expected \(time)"),
        Mistake("limit: 1h", "limit: 1.5h", "6:10: time.limit: is \"1.5h\": expected \(time)"),
        Mistake("limit: 1h", "limit: 1m1h", "6:10: time.limit: is \"1m1h\": expected \(time)"),
        Mistake("limit: 1h", "limit: -1h", "6:10: time.limit: is \"-1h\": expected \(time)"),
        Mistake("limit: 1h", "limit: 5s", "6:10: time.limit: is \"5s\": expected 10s to 168h"),
        Mistake("limit: 1h", "limit: 169h", "6:10: time.limit: is \"169h\": expected 10s to 168h"),
        Mistake(
            "limit: 1h",
            "limit: 90 minutes",
            "6:10: time.limit: is \"90 minutes\": expected \(time) (did you mean \"90m\"?)",
        ),
        Mistake("limit: 1h", "limit: 2d", "6:10: time.limit: is \"2d\": expected \(time) (did you mean \"48h\"?)"),
        Mistake("enter: 20m", "enter: 9s", "7:10: time.enter: is \"9s\": expected 10s to 168h"),
        Mistake("ready: 2m", "ready: 2h", "8:10: time.ready: is \"2h\": expected 10s to 1h"),
        Mistake(
            "step: 15m",
            "step: 2h",
            "9:18: time.extend.step: is 2h: expected no more than all extensions together (time.extend.max: 1h)",
        ),
        Mistake("{step: 15m, max: 1h}", "{step: 15m}", "9:3: time.extend.max: is missing: expected \(time)"),
        Mistake(
            "idle: 30m",
            "idle: 60m",
            "10:9: time.idle: is 1h: expected less than the time limit (time.limit: 1h)",
        ),
        Mistake(
            "[10m, 5m, 1m]",
            "[60m, 5m, 300s]",
            "11:10: time.warn[0]: is 1h: expected less than the time limit (time.limit: 1h)",
            "11:19: time.warn[2]: is in the list twice",
        ),
        Mistake("[10m, 5m, 1m]", "10m", "11:9: time.warn: is \"10m\": expected a list"),
        Mistake(
            "[10m, 5m, 1m]",
            "[10m, 5]",
            "11:15: time.warn[1]: is the number 5 without a unit: expected \(time)",
        ),
        Mistake(
            "pause: runs",
            "pause: run",
            "12:10: time.pause: is \"run\": expected one of \"stops\", \"runs\", \"never\" (did you mean \"runs\"?)",
        ),
        Mistake(
            "pause: runs",
            "pause: false",
            "12:10: time.pause: is false: expected one of \"stops\", \"runs\", \"never\"",
        ),
        Mistake(
            "limit: 1h",
            "limit: 1h\n  limit: 2h\n  entr: 5m",
            "7:3: time.limit: is given more than once, first on line 6",
            "8:3: time.entr: is not a known key (did you mean \"enter\"?)",
        ),
    ]

    private static let resources = [
        Mistake(
            "memory: 1G",
            "memory: 1024",
            "16:11: resources.memory: is the number 1024 without a unit: expected \(size)",
        ),
        Mistake(
            "memory: 1G",
            "memory: 1.5",
            "16:11: resources.memory: is the number 1.5 without a unit: expected \(size)",
        ),
        Mistake(
            "memory: 1G",
            "memory: 512 MiB",
            "16:11: resources.memory: is \"512 MiB\": expected \(size) (did you mean \"512M\"?)",
        ),
        Mistake("memory: 1G", "memory: 1.5G", "16:11: resources.memory: is \"1.5G\": expected \(size)"),
        Mistake("memory: 1G", "memory: 63M", "16:11: resources.memory: is \"63M\": expected 64M to 4T"),
        Mistake("memory: 1G", "memory: 9999999T", "16:11: resources.memory: is \"9999999T\": expected 64M to 4T"),
        Mistake("disk: 8G", "disk: 512K", "17:9: resources.disk: is \"512K\": expected 1M to 64T"),
        Mistake("memory: 1G", "mem: 1G", "16:3: resources.mem: is not a known key (did you mean \"memory\"?)"),
        Mistake("vcpus: 2", "vcpus: 0", "14:10: resources.vcpus: is 0: expected a whole number from 1 to 256"),
        Mistake(
            "vcpus: 2",
            "vcpus: \"2\"",
            "14:10: resources.vcpus: is \"2\": expected a whole number from 1 to 256",
        ),
        Mistake(
            "cpuPercent: 150",
            "cpuPercent: 201",
            "15:15: resources.cpuPercent: is 201: expected 200 at most, which is all its processors can use"
                + " (resources.vcpus: 2)",
        ),
        Mistake(
            "cpuPercent: 150",
            "cpuPercent: 99999999999999999999",
            "15:15: resources.cpuPercent: is the number 99999999999999999999: expected a whole number from 1 to 25600",
        ),
        Mistake(
            "read: 100M/s",
            "read: 100M",
            "18:9: resources.read: is \"100M\": expected a rate such as 20M/s (did you mean \"100M/s\"?)",
        ),
        Mistake(
            "read: 100M/s",
            "read: 100MBps",
            "18:9: resources.read: is \"100MBps\": expected a rate such as 20M/s (did you mean \"100M/s\"?)",
        ),
        Mistake("write: 50M/s", "write: 1K/s", "19:10: resources.write: is \"1K/s\": expected 64K/s to 1T/s"),
        Mistake(
            "readIOPS: 2000",
            "readIOPS: 2k",
            "20:13: resources.readIOPS: is \"2k\": expected a whole number from 1 to 10000000",
        ),
    ]

    private static let days = "a number of days such as 90d"

    private static let evidence = [
        Mistake(
            "{mode: required, input: true, limit: 10M}",
            "required",
            "30:12: recording: is \"required\": expected a group with keys such as mode, input, limit",
        ),
        Mistake(
            "mode: required, ",
            "",
            "30:1: recording.mode: is missing: expected one of \"none\", \"output\", \"required\"",
        ),
        Mistake(
            "mode: required",
            "mode: always",
            "30:19: recording.mode: is \"always\": expected one of \"none\", \"output\", \"required\"",
        ),
        Mistake(
            "mode: required",
            "mode: none",
            "30:32: recording.input: goes with recording.mode: output or required; nothing is recorded",
            "30:45: recording.limit: goes with recording.mode: output or required; nothing is recorded",
        ),
        Mistake("limit: 10M", "limit: 10K", "30:49: recording.limit: is \"10K\": expected 1M to 4G"),
        Mistake(
            ", reason: a lawsuit",
            "",
            "31:49: retention.disks: is 400d: more than 90d needs a reason (retention.reason)",
        ),
        Mistake("recordings: 30d", "recordings: 0d", "31:25: retention.recordings: is \"0d\": expected 1d to 3650d"),
        Mistake(
            "recordings: 30d",
            "recordings: 30",
            "31:25: retention.recordings: is the number 30 without a unit: expected \(days)",
        ),
        Mistake(
            "files: 60d",
            "files: 2 weeks",
            "31:37: retention.files: is \"2 weeks\": expected \(days) (did you mean \"14d\"?)",
        ),
        Mistake("a lawsuit", "\"\"", "31:63: retention.reason: \"\" has nothing in it: expected text on one line"),
    ]

    private static let others = [
        Mistake(
            "isolation: any",
            "isolation: hardwre",
            "23:12: isolation: is \"hardwre\": expected one of \"hardware\", \"any\" (did you mean \"hardware\"?)",
        ),
        Mistake(
            "perPerson: 2",
            "perPerson: 41",
            "24:26: concurrency.perPerson: is 41: expected no more than on the whole host (concurrency.host: 40)",
        ),
        Mistake(
            "disk: true",
            "disk: yes",
            "25:14: keep.disk: is \"yes\": expected true or false (did you mean \"true\"?)",
        ),
        Mistake(
            "sharing: none",
            "sharing: cohorts",
            "26:10: sharing: is \"cohorts\": expected one of \"lab\", \"cohort\", \"none\" (did you mean \"cohort\"?)",
        ),
        Mistake(
            "sharing: none",
            "sharing: false",
            "26:10: sharing: is false: expected one of \"lab\", \"cohort\", \"none\"",
        ),
        Mistake("disk: true", "files: true", "25:8: keep.files: is not supported by this version"),
        Mistake(
            "title: {en: Practice, fr: Entraînement}",
            "title: Practice",
            "4:8: title: is \"Practice\": expected a group with keys such as en, fr",
        ),
        Mistake("{en: Practice, fr:", "{fr:", "4:1: title.en: is missing: expected text on one line"),
        Mistake(
            "en: Practice",
            "en: \" \"",
            "4:13: title.en: \" \" begins or ends with a space: expected text on one line",
        ),
        Mistake("fr: Entraînement", "de: Übung", "4:23: title.de: is not a known key: expected one of en, fr"),
        Mistake(
            "en: Practice",
            "en: 2026",
            "4:13: title.en: is the number 2026: expected text on one line; if it is meant, put it in quotation marks",
        ),
        Mistake(
            "en: Practice",
            "en: \"red\\e[31m\"",
            "4:13: title.en: \"red\\u{1B}[31m\" has a line break, tab or control character in it:"
                + " expected text on one line",
        ),
        Mistake("id: practice", "id: other", "3:5: id: is \"other\": expected \"practice\", as the file is called"),
        Mistake(
            "id: practice",
            "id: Practice One",
            "3:5: id: \"Practice One\" is not a name: expected lower-case letters, digits and single dashes,"
                + " 64 at most (did you mean \"practice-one\"?)",
        ),
        Mistake("kind: Policy", "kind: policy", "2:7: kind: is \"policy\": expected \"Policy\""),
        Mistake(
            "kind: Policy",
            "kind: Lab",
            "2:7: kind: is \"Lab\": expected \"Policy\"; nothing else in the file was looked at",
        ),
        Mistake("sandglass/v1", "v1", "1:13: apiVersion: is \"v1\": expected \"sandglass/v1\""),
        Mistake(
            "sandglass/v1",
            "sandglass/v2",
            "1:13: apiVersion: is \"sandglass/v2\": this version reads \"sandglass/v1\";"
                + " nothing else in the file was looked at",
        ),
        Mistake("kind: Policy\n", "", "1:1: kind: is missing: expected \"Policy\""),
    ]
}
