import GuestProtocol
import TestKit
import Testing

@Suite("Messages")
struct MessageTests {
    @Test(
        "Every way to open a stream survives the journey",
        arguments: [
            OpenRequest.terminal(
                TerminalRequest(
                    number: 3,
                    user: Array("student".utf8),
                    terminalType: Array("xterm-256color".utf8),
                    size: TerminalSize(columns: 80, rows: 24),
                )
            ),
            .exec(fullExec),
            .exec(ExecRequest(arguments: [Array("true".utf8)])),
            .putFile(PutFileRequest(path: Array("/tmp/é".utf8), mode: 0o640, user: [], group: Array("adm".utf8))),
            .getFile(path: Array("/etc/hostname".utf8)),
            .tarIn(TarRequest(directory: Array("/srv".utf8))),
            .tarOut(TarRequest(directory: Array("/srv".utf8), user: [0x31], members: [Array("a".utf8), []])),
            .forward(port: 65_535),
        ],
    )
    func open(request: OpenRequest) throws { try travels(request) }

    @Test("Every other message survives the journey")
    func others() throws {
        try travels(Hello(nonce: Samples.nonce))
        try travels(Samples.acknowledge(Samples.nonce))
        try travels(Opened.plain)
        try travels(Opened.terminal(isNew: true, [.canonical, .echo]))
        try travels(Opened.file(FileAttributes(size: 1 << 40, mode: 0o755, user: 1, group: 2, modified: 3)))
        for code in Refusal.Code.allCases { try travels(Refusal(code, errorNumber: 2, Array("no".utf8))) }
        for kind in Outcome.Kind.allCases { try travels(Outcome(kind, value: 9, dropped: 3, message: [1, 2])) }
        try travels(TerminalSize(columns: 1, rows: 65_535))
        try travels(TerminalModes.echo)
        try travels(StatisticsRequest(request: 7))
        try travels(FreezeRequest(request: 1, limitMilliseconds: 5_000, mountPoints: [Array("/".utf8)]))
        try travels(ThawRequest(request: 2))
        try travels(NoticeRequest(request: 3, text: Array("five minutes".utf8)))
        var statistics = GuestStatistics(request: 9)
        statistics.processors = 2
        statistics.memoryTotal = 1 << 33
        statistics.load15 = 250
        try travels(statistics)
        #expect(statistics.payload.count == GuestStatistics.size)
        var identity = IdentifyRequest(request: 4)
        identity.wallClockNanoseconds = 1_700_000_000_000_000_000
        identity.entropy = Array(repeating: 7, count: 512)
        identity.hostname = Array("guest-1".utf8)
        identity.machineID = Samples.nonce
        identity.renewsHostKeys = true
        identity.units = [Array("ssh.service".utf8)]
        try travels(identity)
        try travels(
            GuestReport(
                request: 5,
                items: GuestReport.Result.allCases.map { .init(Array("hosts".utf8), $0, value: 1) },
            )
        )
    }

    @Test(
        "A message cut short or with something behind it is malformed",
        arguments: [
            OpenRequest.exec(fullExec).payload, OpenRequest.forward(port: 80).payload,
            OpenRequest.tarOut(TarRequest(directory: [47], user: [], members: [[1]])).payload,
        ],
    )
    func cut(payload: [UInt8]) {
        for length in 0..<payload.count {
            #expect(throws: ProtocolError.malformed) { try OpenRequest(payload: Array(payload.prefix(length))) }
        }
        #expect(throws: ProtocolError.malformed) { try OpenRequest(payload: payload + [0]) }
    }

    @Test("Random payloads are read or refused, never more", arguments: 0..<200 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let payload = [UInt8.random(in: 0...9, using: &generator)] + generator.bytes(upTo: 80)
            try reads(OpenRequest.self, payload)
            try reads(Opened.self, payload)
            try reads(Refusal.self, payload)
            try reads(Outcome.self, payload)
            try reads(IdentifyRequest.self, payload)
            try reads(FreezeRequest.self, payload)
            try reads(GuestReport.self, payload)
        }
    }

    @Test("A count that lies reserves nothing and is malformed")
    func lyingCount() {
        #expect(throws: ProtocolError.malformed) { try ExecRequest(payload: [0xff, 0xff, 0, 0]) }
    }

    @Test("Texts of refusals and outcomes are cut to what a frame may hold")
    func longTexts() throws {
        let long = [UInt8](repeating: 65, count: 5_000)
        #expect(FrameType.refused.lengths.contains(Refusal(.failed, long).payload.count))
        #expect(FrameType.exit.lengths.contains(Outcome(.failed, message: long).payload.count))
    }

    @Test(
        "Only whole lines that are not shown look like a secret",
        arguments: [
            (TerminalModes(), false), ([.canonical], true), ([.echo], false), ([.canonical, .echo], false),
        ] as [(TerminalModes, Bool)],
    )
    func secret(modes: TerminalModes, isSecret: Bool) { #expect(modes.isSecret == isSecret) }

    /// What can be read means the same when it is written and read again.
    private func reads<Message: WireValue>(_: Message.Type, _ payload: [UInt8]) throws {
        // Most random bytes are no message, which is all that is asked of them.
        guard let message = try? Message(payload: payload) else { return }
        try travels(message)
    }

    private func travels<Message: WireValue>(_ message: Message) throws {
        #expect(try Message(payload: message.payload) == message)
    }

    private static let fullExec: ExecRequest = {
        var request = ExecRequest(arguments: [Array("sh".utf8), Array("-c".utf8), []])
        request.environment = [Array("A=b".utf8)]
        request.user = Array("student".utf8)
        request.directory = Array("/tmp".utf8)
        request.timeLimitMilliseconds = 1_500
        request.outputLimit = 1 << 33
        return request
    }()
}
