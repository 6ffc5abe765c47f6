import ArgumentParser
import Foundation

/// Which keys leave a terminal.
struct DetachOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keys that leave the terminal while the machine keeps running (default: $SANDGLASS_DETACH_KEY, else ctrl-g,d).",
            discussion:
                "Ctrl and a letter, then up to three more keys, with commas: ctrl-g,d or ctrl-t. none for no key.",
            valueName: "keys",
        )
    )
    var detachKey: String?

    /// The keys; `nil` for none.
    func key() throws -> DetachKey? {
        let fromEnvironment = ProcessInfo.processInfo.environment["SANDGLASS_DETACH_KEY"] ?? ""
        guard let text = detachKey ?? (fromEnvironment.isEmpty ? nil : fromEnvironment) else { return .standard }
        return text == "none" ? nil : try DetachKey(text)
    }
}
