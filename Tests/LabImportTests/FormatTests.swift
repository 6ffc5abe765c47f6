import Foundation
import SessionModel
import Testing

@testable import LabImport

/// What of each format goes where.
@Suite struct FormatTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "A Killercoda scenario: steps with a check are tasks, what makes the machine ready is set up, the rest is named"
    )
    func killercoda() throws {
        let source = try ImportedFolder(Sources.killercoda, called: "Count Lines_2", in: folder)
        let lab = source.lab
        #expect(lab.id.name == "count-lines-2")
        #expect(lab.title.texts == ["en": "Count what is there 👋"])
        #expect(lab.description.about?.texts == ["en": "Learn to count lines"])
        #expect(lab.description.level == .easy && lab.description.minutes == 15)
        #expect(lab.machines.map(\.image.name) == ["debian-13"] && lab.policy.name == "practice")
        #expect(lab.setup.map(\.name) == ["files/setup-assets.sh", "files/setup-welcome.sh", "files/setup-count.sh"])
        #expect(lab.tasks.map(\.id) == ["count", "count-again"])
        #expect(lab.tasks.map(\.needs) == [[], ["count"]])
        #expect(
            lab.tasks[0].text.english
                == """
                # Welcome

                Welcome.

                **Read** this && that.

                Use `ls`{{exec}}.

                # Count

                How many lines has `a.txt`?

                ```plain
                wc -l a.txt
                ```{{exec}}
                """
        )
        #expect(lab.tasks[1].text.english == "# Count again\n\nNow `b.txt`.")
        #expect(lab.tasks[1].hints.map(\.text.english) == ["`wc -l b.txt`"])
        // How it ends was nobody's concern there.
        let setup = try #require(source.text("files/setup-welcome.sh"))
        #expect(setup.contains("\napt-get install -y jq\n") && setup.hasSuffix(" || true\n"))
        #expect(
            source.outcomes("intro/foreground.sh") == ["is typed into the person's terminal, which a lab does not do"]
        )
        let late = "must run after an earlier task was done: a lab has no place for it"
        #expect(source.outcomes("index.json", "details.steps[2].foreground") == [late])
        #expect(source.outcomes("finish/background.sh") == [late])
        #expect(source.outcomes("index.json", "details.steps[2].extra") == ["a lab has nothing for it"])
        #expect(source.outcomes("index.json", "details.steps[3].verify") == ["../outside.sh leads out of the folder"])
        #expect(source.outcomes("index.json", "details.steps[3].text") == ["gone.md is not there"])
        #expect(source.outcomes("index.json", "backend") == ["the machine stands on debian-13"])
        #expect(
            source.outcomes("index.json", "details.assets.host02") == ["is for the host host02: a lab has one machine"]
        )
        let notes = source.imported.report.notes
        #expect(notes.contains { $0.contains("setup-welcome.sh` runs apt-get") })
        #expect(notes.contains { $0.hasPrefix("Marks of the source's own pages") })
    }

    @Test("Katacoda's older names for the same are read, and an introduction that is a mere name")
    func katacoda() throws {
        let files = [
            "index.json": """
            {
                "title": "Old", "pathwayTitle": "All", "icon": "fa-x", "time": 1, "difficulty": "unheard of",
            \t"details": {
                    "intro": "intro.md",
                    "steps": [{"title": "Do", "text": "do.md", "verify": "v.sh", "courseData": "bg.sh", "hint": "h.sh"}],
                    "assets": {
                        "client": [{"file": "**/*.md", "target": "~"}], "host01": [{"file": "*", "target": "/all/"}]
                    }
                }
            }
            """,
            "intro.md": "Hello.", "do.md": "Do it.", "v.sh": "true", "bg.sh": "true", "h.sh": "echo look",
            "assets/a.md": "a", "assets/b/c.md": "c",
        ]
        let source = try ImportedFolder(files, in: folder)
        #expect(source.lab.tasks.map(\.text.english) == ["Hello.\n\n# Do\n\nDo it."])
        #expect(source.lab.setup.map(\.name) == ["files/setup-assets.sh", "files/setup-do.sh"])
        #expect(source.lab.description.minutes == 1 && source.lab.description.level == .medium)
        let assets = try #require(source.text("files/setup-assets.sh"))
        #expect(assets.contains("base64 -d >/root/a.md") && assets.contains("base64 -d >/root/b/c.md"))
        #expect(assets.contains("base64 -d >/all/a.md") && assets.contains("base64 -d >/all/b/c.md"))
        #expect(source.outcomes("index.json", "difficulty") == ["a lab has nothing for it"])
    }

    @Test("A scenario that checks nothing is a lab that asks for nothing, and says so")
    func unchecked() throws {
        let files = ["index.json": #"{"details": {"steps": [{"text": "a.md", "foreground": "f.sh"}]}}"#, "a.md": "A."]
        let source = try ImportedFolder(files.merging(["f.sh": "true"]) { $1 }, called: "none", in: folder)
        #expect(source.lab.tasks.isEmpty && source.lab.title.english == "none")
        #expect(source.lab.setup.map(\.name) == ["files/setup-step-1.sh"])
        #expect(source.outcomes("a.md") == ["asks nothing that is checked, and no task follows it"])
        #expect(source.imported.report.notes.contains("No page of the source has a check: the lab asks for nothing."))
    }

    @Test("An Instruqt track: challenges with a check are tasks on the host that has most of them")
    func instruqt() throws {
        let source = try ImportedFolder(Sources.instruqt, in: folder)
        let lab = source.lab
        #expect(lab.id.name == "first-services" && lab.title.english == "First services [Admin 101]")
        #expect(lab.machines.map(\.name) == ["admin-box"])
        #expect(
            lab.description.about?.english.hasPrefix("Start and stop what runs in the background.\n\n# What") == true
        )
        #expect(lab.description.level == .easy && lab.description.minutes == 61)
        #expect(lab.description.skills == ["linux", "system-services"])
        #expect(lab.setup.map(\.name) == ["files/setup-track.sh", "files/setup-welcome.sh", "files/setup-start.sh"])
        #expect(lab.tasks.map(\.id) == ["start", "stop"])
        #expect(
            lab.tasks[0].text.english.hasPrefix("# Welcome\n\nHello.\n\nRead this.\n\n# Start it\n\nStart the service.")
        )
        #expect(lab.solve.map(\.task) == ["start"] && lab.solve.map(\.script.name) == ["files/solve-start.sh"])
        #expect(source.outcomes("2-start/check-web") == ["is for the host web: a lab has one machine"])
        #expect(source.outcomes("2-start/cleanup-Admin_Box").first?.hasPrefix("cleans up") == true)
        #expect(source.outcomes("10-stop/setup-Admin_Box").first?.hasPrefix("must run after") == true)
        #expect(source.outcomes("3-quiz/assignment.md", "answers").first?.hasPrefix("is a quiz") == true)
        #expect(
            source.outcomes("2-start/assignment.md", "tabs") == ["a session has terminals and nothing else to show"]
        )
        #expect(source.outcomes("config.yml", "virtualmachines[0]") == ["a lab has one machine, and it is admin-box"])
        #expect(source.outcomes("config.yml", "gcp_projects") == ["a lab has no accounts at clouds"])
        #expect(source.outcomes("config.yml", "secrets") == ["a lab has no secrets"])
        #expect(source.outcomes("track.yml", "tags[2]").first?.hasPrefix("is no new word") == true)
        let notes = source.imported.report.notes
        #expect(notes.contains("`files/setup-track.sh` reads _SANDBOX_ID, which nobody sets here."))
        #expect(source.outcomes("assets/picture.png") == ["nothing in the track refers to it"])
    }

    @Test("A track whose challenges are a list in track.yml is read too")
    func oldInstruqt() throws {
        let source = try ImportedFolder(Sources.oldInstruqt, in: folder)
        #expect(source.lab.tasks.map(\.text.english) == ["# One\n\nMake /root/one."])
        #expect(source.lab.machines.map(\.name) == ["shell"])
        #expect(source.lab.setup.map(\.name) == ["files/setup-one.sh"] && source.lab.solve.map(\.task) == ["one"])
        #expect(source.outcomes("track.yml", "challenges[1]").first?.hasPrefix("is a quiz") == true)
    }

    @Test("A SadServers scenario: one task, its clues are hints, and its solution is told to nobody")
    func sadServers() throws {
        let source = try ImportedFolder(Sources.sadServers, called: "lisboa", in: folder)
        let lab = source.lab
        #expect(lab.id.name == "lisboa" && lab.title.english == "\"Lisboa\": who fills the disk?")
        #expect(lab.tasks.map(\.id) == ["lisboa-who-fills-the-disk"])
        let text = try #require(lab.tasks.first?.text.english)
        #expect(text.contains("## Description") && text.contains("## Test"))
        #expect(!text.contains("lsof") && !text.contains("Kill it"))
        #expect(
            lab.tasks[0].hints.map(\.text.english) == [
                "<b>1.</b> Who has the file open?<br>", "<b>2.</b> <kbd>lsof</kbd> tells.",
                "It has a number. Look for the\nsolution in the log.",
            ]
        )
        #expect(source.outcomes("README.md", "check.sh") == ["files/check.sh is taken as the check"])
        #expect(source.outcomes("README.md", "## Answers").first?.hasPrefix("tells the solution") == true)
        #expect(source.imported.report.notes.contains { $0.hasPrefix("The solution at the end of ## Hint 3") })
        #expect(lab.setup.map(\.name) == ["files/setup-machine.sh"])
        #expect(source.outcomes("README.md", "## Solution").first?.hasPrefix("tells the solution") == true)
        #expect(source.outcomes("ansible/playbook.yml").first?.hasPrefix("makes the image") == true)
        #expect(source.imported.report.notes.contains { $0.contains("/home/admin") })
    }

    @Test("A check that stands in the text is taken out of it")
    func checkInText() throws {
        let source = try ImportedFolder(Sources.sadServersText, called: "oslo", in: folder)
        #expect(
            source.lab.tasks.map(\.text.english) == ["## Description\n\n```\n$ curl localhost\n```"]
        )
        #expect(source.text("files/check-oslo-no-answer.sh")?.contains("res=$(curl -s localhost)") == true)
        #expect(source.imported.report.notes.contains { $0.hasPrefix("Nothing makes the machine") })
    }

    @Test("The report is in the lab's folder, and the lab is called as it is told to be")
    func report() throws {
        let path = try folder.write(Sources.oldInstruqt, to: "source")
        let lab = try LabImporter.read(path, as: LabID(unchecked: "other"))
        #expect(lab.id == "other")
        let report = try #require(lab.files.first { $0.path == "import-report.md" }?.text)
        for part in lab.report.left + lab.report.mapped { #expect(report.contains("`\(part.file)`")) }
        for note in lab.report.notes { #expect(report.contains(note)) }
        #expect(report.contains("- `track.yml` `slug`: the lab is called other\n"))
    }

    @Test("Texts that have nothing in them for people make no lab that cannot be used")
    func emptyTexts() throws {
        let index = """
            {"title": "\\u0001", "description": "\\u0002", "details": {"steps": [
                {"text": "empty.md"}, {"text": "empty.md", "verify": "v.sh", "answer": "control.md"}
            ]}}
            """
        let files = ["index.json": index, "empty.md": "\n \n", "control.md": "\u{1}", "v.sh": ""]
        let source = try ImportedFolder(files, called: "empty", in: folder)
        #expect(source.lab.title.english == "empty" && source.lab.description.about == nil)
        #expect(source.lab.tasks.map(\.text.english) == ["step-2"] && source.lab.tasks[0].hints.isEmpty)
    }

    @Test("Equal titles give different tasks, and more tasks than a lab has are named")
    func many() throws {
        let steps = (0..<60).map { _ in #"{"title": "Same", "verify": "v.sh"}"# }.joined(separator: ",")
        let files = ["index.json": "{\"details\": {\"steps\": [\(steps)]}}", "v.sh": "true\n"]
        let source = try ImportedFolder(files, called: "many", in: folder)
        #expect(source.lab.tasks.count == 50 && source.lab.tasks.last?.id == "same-50")
        #expect(source.outcomes("index.json", "details.steps[59].verify") == ["a lab has 50 tasks at most"])
    }
}
