import Foundation
import SessionModel
import TestKit
import Testing

@testable import LibvirtDriver

@Suite("A serial console on a unix socket", .timeLimit(.minutes(1)))
struct SerialConsoleTests {
    @Test("Both directions work, and the output ends with the other side")
    func bothDirections() async throws {
        let socket = try ListeningSocket()
        try await SerialConsole(path: socket.path, patience: .zero).converse { console in
            let peer = try socket.accept()
            try await console.write(Array("hello".utf8))
            try await eventually("the written bytes") { peer.read() == Array("hello".utf8) }
            peer.write(Array("bye".utf8))
            peer.close()
            var seen: [UInt8] = []
            for try await chunk in console.output { seen += chunk }
            #expect(seen == Array("bye".utf8))
        }
    }

    @Test("A guest that writes faster than anyone reads has to wait, and nothing is lost")
    func backPressure() async throws {
        let socket = try ListeningSocket()
        try await SerialConsole(path: socket.path, patience: .zero).converse { console in
            let peer = try socket.accept()
            let written = try await peer.fill(atLeast: SerialConsole.buffer)
            #expect(written < SerialConsole.buffer + peer.sendBuffer + 65_536)
            peer.close()
            var read = 0
            for try await chunk in console.output { read += chunk.count }
            #expect(read == written)
        }
    }

    @Test("Writing waits while the guest does not read")
    func writeWaits() async throws {
        let socket = try ListeningSocket()
        try await SerialConsole(path: socket.path, patience: .zero).converse { console in
            let peer = try socket.accept()
            let sent = Counter()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for _ in 0..<1_024 {
                        try await console.write([UInt8](repeating: 7, count: 16_384))
                        sent.increment()
                    }
                }
                try await peer.waitUntilFull()
                #expect(sent.value < 1_024)
                group.cancelAll()
                // The write that was cancelled says so; that is what the test asked for.
                try? await group.waitForAll()
            }
        }
    }

    @Test("A socket that appears a little later is waited for")
    func appearsLater() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/console.sock"
        async let console = SerialConsole(path: path, patience: .seconds(20))
        let socket = try ListeningSocket(path: path)
        try await console.converse { _ in _ = try socket.accept() }
    }

    @Test("A socket nobody listens at is given up with a reason")
    func nobody() async throws {
        let failure = await #expect(throws: Failure.self) {
            _ = try await SerialConsole(path: "/nowhere/console.sock", patience: .zero)
        }
        #expect(failure?.code == .hypervisor)
        #expect(failure?.message == "nobody listens at the console socket /nowhere/console.sock")
    }

    @Test("A path too long for a socket is given up at once")
    func tooLong() async throws {
        let path = "/" + String(repeating: "x", count: 200)
        let failure = await #expect(throws: Failure.self) {
            _ = try await SerialConsole(path: path, patience: .seconds(60))
        }
        #expect(failure?.code == .hypervisor)
    }
}
