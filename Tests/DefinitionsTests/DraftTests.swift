import Definitions
import Foundation
import SessionModel
import Testing

@Suite("Labs that are not published")
struct DraftTests {
    private let folder: TemporaryFolder
    private let catalogue: FileCatalogue
    private let id = LabID(unchecked: "first-steps")

    init() throws {
        folder = try TemporaryFolder()
        _ = try folder.write(Samples.policy, to: "policies/practice.yaml")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/labs", withIntermediateDirectories: true)
        catalogue = FileCatalogue(
            policiesFolder: "\(folder.path)/policies",
            labsFolder: "\(folder.path)/labs",
            draftsFolder: "\(folder.path)/drafts",
        )
    }

    private let files = [
        "lab.yaml": Samples.lab.replacing("run: echo setup", with: "run: files/setup.sh"),
        "files/setup.sh": "#!/bin/sh\nexit 0\n",
    ]

    @Test("A draft is kept with its files, replaced as a whole, and no published lab")
    func keep() async throws {
        let kept = try await catalogue.keep(id, files: files)
        #expect(kept.lab.setup.map(\.body) == [.file(path: "files/setup.sh", text: "#!/bin/sh\nexit 0\n")])
        #expect(try await catalogue.draft(id) == kept)
        #expect(try await catalogue.labs().isEmpty)
        let other = try await catalogue.keep(id, files: ["lab.yaml": Samples.lab])
        #expect(try await catalogue.draft(id) == other)
        #expect(other.files.keys.sorted() == ["lab.yaml"])
    }

    @Test("One with mistakes is refused with all of them, by the names its author knows, and the last one stays")
    func mistakes() async throws {
        let kept = try await catalogue.keep(id, files: files)
        let wrong = ["lab.yaml": files["lab.yaml"]?.replacing("level: easy", with: "level: eazy") ?? ""]
        let failure = await #expect(throws: Failure.self) { try await catalogue.keep(id, files: wrong) }
        #expect(failure?.code == .invalidDefinition)
        #expect(failure?.message.contains("lab.yaml:19:8: level: is \"eazy\"") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains(folder.path) == false)
        let alone = await #expect(throws: Failure.self) {
            try await catalogue.keep(id, files: ["lab.yaml": files["lab.yaml"] ?? ""])
        }
        #expect(alone?.message.contains("lab.yaml:15:24: setup[0].run: \"files/setup.sh\"") == true)
        #expect(try await catalogue.draft(id) == kept)
    }

    @Test(
        "Paths that lead elsewhere, and too much of anything, are refused",
        arguments: [
            ["lab.yaml": "", "../secret": ""], ["lab.yaml": "", "/etc/passwd": ""], ["lab.yaml": "", "files//x": ""],
            ["lab.yaml": "", "../\u{301}secret": ""], ["lab.yaml": "", "files/../\u{200D}x": ""],
            ["lab.yaml": "", "/\u{301}": ""],
            ["files/x": ""], ["lab.yaml": String(repeating: "x", count: FileCatalogue.largestLab + 1)],
        ],
    )
    func refused(_ files: [String: String]) async throws {
        let failure = await #expect(throws: Failure.self) { try await catalogue.keep(id, files: files) }
        #expect(failure?.code == .invalidInput)
        let missing = await #expect(throws: Failure.self) { try await catalogue.draft(id) }
        #expect(missing?.code == .notFound)
    }

    @Test("Only what has passed its tests is published, and an edition stays as it is")
    func publish() async throws {
        func refusal() async -> FailureCode? {
            await #expect(throws: Failure.self) { try await catalogue.publish(id) }?.code
        }
        let first = try await catalogue.keep(id, files: files)
        #expect(await refusal() == .wrongState)
        try await catalogue.prove(first)
        #expect(try await catalogue.publish(id) == first.lab)
        #expect(try await catalogue.lab(id) == first.lab)
        // Again is nothing new.
        #expect(try await catalogue.publish(id) == first.lab)

        var changed = files
        changed["files/setup.sh"] = "#!/bin/sh\nexit 1\n"
        let second = try await catalogue.keep(id, files: changed)
        #expect(await refusal() == .wrongState)
        try await catalogue.prove(second)
        #expect(await refusal() == .conflict)
        changed["lab.yaml"] = changed["lab.yaml"]?.replacing("version: 3", with: "version: 4")
        let third = try await catalogue.keep(id, files: changed)
        try await catalogue.prove(third)
        #expect(try await catalogue.publish(id).version == 4)
        try await catalogue.prove(try await catalogue.keep(id, files: files))
        #expect(await refusal() == .conflict)
        #expect(try await catalogue.lab(id) == third.lab)
    }

    @Test("A lab's packages make an image of their own of the one that it names")
    func packages() async throws {
        let images = "\(folder.path)/images"
        _ = try folder.write(Samples.image, to: "images/debian-13/image.yaml")
        for file in ["files/motd", "setup.sh", "more/last.sh"] {
            _ = try folder.write("", to: "images/debian-13/\(file)")
        }
        let catalogue = FileCatalogue(
            policiesFolder: "\(folder.path)/policies",
            labsFolder: "\(folder.path)/labs",
            imagesFolder: images,
            draftsFolder: "\(folder.path)/drafts",
        )
        let text = Samples.lab.replacing("    disk: 4G", with: "    disk: 4G\n    packages: [nginx]")
        let lab = try await catalogue.keep(id, files: ["lab.yaml": text]).lab
        let image = try #require(lab.machines.first).imageWithPackages
        #expect(image.name == "debian-13-with-nginx")
        let recipe = try catalogue.imageRecipe(image)
        #expect(recipe.id == image)
        #expect(recipe.packages == ["systemd", "libstdc++6", "nginx"])
        // A version that the lab asks for is taken; one that the image has stays where the lab asks for none.
        let pinned = Samples.image.replacing("[systemd, libstdc++6]", with: "[systemd, libstdc++6=14.2]")
        _ = try folder.write(pinned, to: "images/debian-13/image.yaml")
        for (asked, packages) in [
            ("[libstdc++6=15, systemd=257]", ["libstdc++6=15", "systemd=257"]),
            ("[libstdc++6, nginx]", ["systemd", "libstdc++6=14.2", "nginx"]),
        ] {
            let other = Samples.lab.replacing("    disk: 4G", with: "    disk: 4G\n    packages: \(asked)")
            let machine = try #require(try await catalogue.keep(id, files: ["lab.yaml": other]).lab.machines.first)
            #expect(try catalogue.imageRecipe(machine.imageWithPackages).packages == packages)
        }
        let failure = #expect(throws: Failure.self) {
            try catalogue.imageRecipe(ImageID(unchecked: "debian-13-with-apache"))
        }
        #expect(failure?.code == .notFound)
    }

    @Test(
        "Images with packages have names of their own, the same for the same set",
        arguments: [
            (["nginx"], "debian-13-with-nginx"), (["libstdc++6"], nil), (["foo=1.0~RC1"], nil), (["b", "a"], nil),
            ((0..<20).map { "package-number-\($0)" }, nil),
        ] as [([String], String?)],
    )
    func names(_ packages: [String], _ name: String?) {
        func image(_ packages: [String]) -> ImageID {
            MachineShape(name: "box", image: ImageID(unchecked: "debian-13"), packages: packages).imageWithPackages
        }
        #expect(ImageID(image(packages).name) == image(packages))
        #expect(image(packages) == image(packages.reversed()))
        #expect(image(packages) != image(packages + ["other"]))
        if let name { #expect(image(packages).name == name) }
        #expect(image(["a-b"]) != image(["a", "b"]))
    }
}
