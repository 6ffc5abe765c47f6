import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite("Saved machines", .timeLimit(.minutes(1))) struct SaveTests {
    @Test("A sealed state lies where its emulator can read it and not put another one in its place")
    func sealed() async throws {
        try await withMachine { folder, store, machine in
            let (layout, id) = (folder.layout, machine.id)
            try await store.prepareSave(of: machine)
            let (user, group) = (StateFolder.userID, StateFolder.groupID)
            let part = layout.unsealedState(of: id)
            #expect(try folder.rights(part) == .init(user: user, group: group, mode: 0o600))
            #expect(try OpenFile(reading: part).stamp().size == 0)
            try folder.write("saved", to: part)
            try await store.sealSave(of: id)
            #expect(try folder.rights(layout.savedState(of: id)) == .init(user: user, group: group, mode: 0o400))
            #expect(try folder.names(in: layout.home(of: id)) == ["machine.json", "own", "saved.state"])
            #expect(try folder.names(in: layout.folder(of: id)) == ["disk.qcow2"])
            #expect(try OpenFile(reading: layout.savedState(of: id)).read(9, at: 0) == Data("saved".utf8))
        }
    }

    @Test("Sealing that was interrupted is finished; saving again starts over")
    func interrupted() async throws {
        try await withMachine { folder, store, machine in
            let (layout, id) = (folder.layout, machine.id)
            try await store.prepareSave(of: machine)
            try folder.write("one", to: layout.unsealedState(of: id))
            try FileTree.move(layout.unsealedState(of: id), to: layout.sealingState(of: id))
            #expect(try await store.observeDisks() == [ObservedDisk(id: id)])
            try await store.sealSave(of: id)
            #expect(try OpenFile(reading: layout.savedState(of: id)).read(9, at: 0) == Data("one".utf8))

            try await store.prepareSave(of: machine)
            try folder.write("two", to: layout.unsealedState(of: id))
            try FileTree.move(layout.unsealedState(of: id), to: layout.sealingState(of: id))
            try await store.prepareSave(of: machine)
            try folder.write("three", to: layout.unsealedState(of: id))
            try await store.sealSave(of: id)
            #expect(try OpenFile(reading: layout.savedState(of: id)).read(9, at: 0) == Data("three".utf8))
        }
    }

    @Test(
        "What is no saved state is not sealed, and the last one stays",
        arguments: ["ln -s", "ln", "mkfifo", "mkdir", "empty"],
    )
    func tampered(_ how: String) async throws {
        try await withMachine { folder, store, machine in
            let (layout, id, secret) = (folder.layout, machine.id, "\(folder.scratch)/secret")
            try await store.prepareSave(of: machine)
            try folder.write("good", to: layout.unsealedState(of: id))
            try await store.sealSave(of: id)
            try await store.prepareSave(of: machine)
            try TestDisks.run(["cp", "/etc/hostname", secret])
            let before = try folder.rights(secret)
            if how != "empty" {
                let part = layout.unsealedState(of: id)
                try FileTree.remove(part)
                let command = how.split(separator: " ").map(String.init)
                try TestDisks.run(command + (command[0] == "ln" ? [secret, part] : [part]))
            }
            for _ in 0..<2 { #expect(await failure { try await store.sealSave(of: id) }?.code == .storage) }
            #expect(try folder.rights(secret) == before)
            #expect(try OpenFile(reading: layout.savedState(of: id)).read(9, at: 0) == Data("good".utf8))
            try await store.removeDisk(of: id)
            #expect(FileTree.exists(secret))
        }
    }

    private func withMachine(_ body: (StateFolder, OverlayStore, Machine) async throws -> Void) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let (store, machine) = (folder.overlays(), try folder.machine(1))
            try await store.makeDisk(for: machine)
            try await body(folder, store, machine)
        }
    }
}
