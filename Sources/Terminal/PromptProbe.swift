/// Finds out whether someone could work at a serial console: waits for something like a prompt, types a sum into it and
/// waits for the result.
///
/// Pure: it is fed what arrives and says what to type.
struct PromptProbe: Sendable, Equatable {
    /// What is typed into a shell.
    ///
    /// The leading space keeps it out of the history.
    static let question = " echo s$((40+2))g\r"
    /// What only a shell that ran it shows.
    static let answer = "s42g\r\n"
    /// After this time without output a key is pressed: a prompt that was shown before anyone listened comes again.
    static let patience: Duration = .seconds(5)
    /// A login prompt must stand this long; one that logs in by itself goes on at once.
    static let loginSettles: Duration = .seconds(2)
    /// Output is kept up to this length while probing, the oldest is dropped.
    static let limit = 64 * 1024

    /// What to do next.
    enum Step: Sendable, Equatable {
        /// Go on listening; when nothing has come for the given time, call ``silence()``.
        case listen(Duration)
        /// Type this and go on listening.
        case type(String)
        /// A prompt answers. What a person shall find on the screen is handed over, the probing left out.
        case answers(Prompt, screen: [UInt8])
    }

    /// What answers.
    enum Prompt: Sendable, Equatable {
        /// A shell that ran a command.
        case shell
        /// A question for a user's name.
        case login
    }

    private enum Phase: Sendable, Equatable {
        case waiting
        case asked(screen: [UInt8])
    }

    private let patience: Duration
    private var phase = Phase.waiting
    private var heard: [UInt8] = []

    /// Makes a probe that has heard nothing.
    ///
    /// - Parameter patience: Without output for this long, a key is pressed; a shell that was asked something has longer.
    init(patience: Duration = Self.patience) { self.patience = patience }

    /// How long to listen before ``silence()``.
    var wait: Duration {
        switch phase {
        case .waiting: Self.endsInLoginPrompt(heard) ? Self.loginSettles : patience
        case .asked: Self.patience
        }
    }

    /// Takes what the console wrote.
    mutating func hear(_ bytes: [UInt8]) -> Step {
        heard += bytes
        if heard.count > Self.limit { heard.removeFirst(heard.count - Self.limit) }
        switch phase {
        case .waiting:
            guard Self.endsInShellPrompt(heard) else { return .listen(wait) }
            phase = .asked(screen: heard)
            heard = []
            return .type(Self.question)
        case .asked(let screen):
            guard let end = heard.lastRange(of: Self.answer.utf8), Self.endsInShellPrompt(heard[end...]) else {
                return .listen(wait)
            }
            return .answers(.shell, screen: screen)
        }
    }

    /// Nothing has come for the time that was asked for.
    mutating func silence() -> Step {
        switch phase {
        case .waiting where Self.endsInLoginPrompt(heard):
            return .answers(.login, screen: heard)
        case .waiting:
            return .type("\r")
        case .asked:
            // The question was lost, for example because the login discarded what was typed early.
            phase = .waiting
            return .type("\r")
        }
    }

    /// Whether the last line is a shell's prompt: it ends in `$ ` or `# `, and in whole sequences after that.
    static func endsInShellPrompt(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        lastLine(bytes).map { $0.hasSuffix("$ ") || $0.hasSuffix("# ") } ?? false
    }

    private static func endsInLoginPrompt(_ bytes: [UInt8]) -> Bool { lastLine(bytes)?.hasSuffix("login: ") ?? false }

    /// The line at the end; `nil` within a sequence, whose rest would be taken for text where it is cut.
    private static func lastLine(_ bytes: some BidirectionalCollection<UInt8>) -> String? {
        let (text, isWhole) = PlainText.read(bytes.suffix(512))
        guard isWhole else { return nil }
        return String(text[(text.lastIndex(of: "\n").map(text.index(after:)) ?? text.startIndex)...])
    }
}

extension [UInt8] {
    /// Where the last occurrence of a pattern ends.
    func lastRange(of pattern: some Collection<UInt8>) -> Index? {
        guard count >= pattern.count else { return nil }
        for start in stride(from: count - pattern.count, through: 0, by: -1)
        where self[start..<start + pattern.count].elementsEqual(pattern) {
            return start + pattern.count
        }
        return nil
    }
}
