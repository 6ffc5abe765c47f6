/// A mark that a shell sets in what it writes, `OSC 133 ; … BEL`, as many shells and terminals know it.
///
/// | | |
/// |---|---|
/// | `A` | a prompt begins |
/// | `P;k=s` | the prompt for another line of the same command begins |
/// | `B` | the prompt is over: what follows is typed |
/// | `C` | what was typed is run |
/// | `D;STATUS` | it is over |
///
/// With each there may be `aid=…`, which tells the shells apart that run within one another.
struct PromptMark: Equatable {
    /// What is marked.
    enum Kind: Equatable {
        case prompt
        case continuation
        case input
        case run
        case end(status: Int?)
    }

    /// Shells are told apart by so many bytes.
    private static let shellLimit = 32

    let kind: Kind
    /// Which shell; empty when it does not say.
    let shell: String

    /// Reads what follows `OSC 133 ;`; `nil` when it is none of these.
    init?(_ bytes: ArraySlice<UInt8>) {
        let fields = bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        func value(_ key: String) -> String? {
            let start = Array("\(key)=".utf8)
            return fields.dropFirst().first { $0.starts(with: start) }
                .map { String(decoding: $0.dropFirst(start.count).prefix(Self.shellLimit), as: UTF8.self) }
        }
        switch fields.first.map({ String(decoding: $0, as: UTF8.self) }) {
        case "A": kind = .prompt
        case "P" where value("k") == "s": kind = .continuation
        case "B": kind = .input
        case "C": kind = .run
        case "D":
            let status = fields.dropFirst().first.flatMap { Int32(String(decoding: $0, as: UTF8.self)) }
            kind = .end(status: status.map(Int.init))
        default: return nil
        }
        shell = value("aid") ?? ""
    }
}
