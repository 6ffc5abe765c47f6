/// A script of a track: which challenge's it is, when it is run, and on which host.
struct HostScript: Sendable {
    enum Kind: String, Sendable { case setup, check, solve, cleanup }

    /// Its path below the track.
    let file: String
    /// The challenge's folder, or the one for scripts of the track.
    let folder: String
    /// When it is run.
    let kind: Kind
    /// The host it is run on.
    let host: String

    /// Reads a path; `nil` when it is not a script's.
    init?(_ file: String) {
        let parts = file.split(separator: "/")
        guard parts.count == 2, let last = parts.last, let dash = last.firstIndex(of: "-"),
            let kind = Kind(rawValue: String(last[..<dash]))
        else { return nil }
        self.file = file
        folder = String(parts[0])
        self.kind = kind
        let host = last[last.index(after: dash)...]
        self.host = String(host.hasSuffix(".sh") ? host.dropLast(3) : host)
    }
}
