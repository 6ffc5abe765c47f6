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

    @Test("Every mistake in a lab is reported where it is, with what was expected", arguments: Self.mistakes)
    func mistake(_ mistake: Mistake) throws {
        let text = try mistake.text(of: Samples.lab)
        let found = DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: text)
        #expect(found.map(\.description) == mistake.expected.map { "first-steps/lab.yaml:\($0)" })
    }

    @Test(
        "Parts of a lab that have no effect yet are refused as not supported, never ignored",
        arguments: [
            "about", "level", "audience", "minutes", "skills", "vars", "setup", "start", "ready", "tasks", "solve",
            "collect", "tests", "checks",
        ],
    )
    func notSupported(_ key: String) {
        let found = DefinitionLoader.check(.lab, file: "first-steps/lab.yaml", text: Samples.lab + "\(key): []\n")
        #expect(found.map(\.description) == ["first-steps/lab.yaml:14:1: \(key): is not supported by this version"])
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
        Mistake("disk: 4G", "packages: [nginx]", "12:5: machines.web.packages: is not supported by this version"),
        Mistake("disk: 4G", "dsk: 4G", "12:5: machines.web.dsk: is not a known key (did you mean \"disk\"?)"),
        Mistake(
            "disk: 4G",
            "tasks: []",
            "12:5: machines.web.tasks: is not a known key: expected one of image, vcpus, memory, disk",
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
            "id: first-steps",
            "id: last-steps",
            "3:5: id: is \"last-steps\": expected \"first-steps\", as the folder is called",
        ),
    ]
}
