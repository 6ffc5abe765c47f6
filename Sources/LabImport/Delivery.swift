import Foundation

/// Files that a scenario puts into its machine before it begins, and the script that puts them there.
struct Delivery: Sendable {
    /// More bytes than this, all files together, make a script that nobody would want.
    static let mostBytes = 512 * 1024

    private var bytes = 0
    private var commands: [String] = []

    /// Whether there is nothing to deliver.
    var isEmpty: Bool { commands.isEmpty }

    /// The script.
    var script: String {
        "#!/bin/sh\n# The files of the scenario, as they were; this file was made by an import.\nset -e\n"
            + commands.joined()
    }

    /// Adds a file.
    ///
    /// - Parameters:
    ///   - content: What is in it.
    ///   - target: Where it goes, absolute.
    ///   - isProgram: Whether its owner may execute it where it comes from.
    ///   - mode: What is given to `chmod`; `nil` for no more than that.
    /// - Returns: Whether there was room.
    mutating func add(_ content: [UInt8], to target: String, isProgram: Bool, mode: String?) -> Bool {
        guard bytes + content.count <= Self.mostBytes else { return false }
        bytes += content.count
        let path = ShellText.quoted(target)
        let folder = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? ""
        let text = Data(content).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
        commands.append(
            """

            mkdir -p \(ShellText.quoted(folder.isEmpty ? "/" : folder))
            base64 -d >\(path) <<'END'
            \(text)
            END
            chmod \(isProgram ? "0755" : "0644") \(path)

            """ + (mode.map { "chmod \(ShellText.quoted($0)) \(path)\n" } ?? "")
        )
        return true
    }

    /// Whether `chmod` takes it for a mode.
    static func isMode(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-7]{3,4}|[ugoa]*[+=-][rwxXst]*(?:,[ugoa]*[+=-][rwxXst]*)*/) != nil
    }
}
