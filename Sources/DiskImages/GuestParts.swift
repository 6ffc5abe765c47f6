import SessionModel

/// What is put into guests so that the service can work inside them: the agent and the unit that starts it.
package struct GuestParts: Sendable, Equatable {
    /// The folder that has both, absolute.
    package let folder: String

    /// Name of the agent's program in the folder.
    static let program = "sandglass-guest"
    /// Name of its unit in the folder.
    static let unit = "sandglass-guest.service"

    /// Describes a folder that has both; it is looked into when an image is made.
    package init(folder: String) { self.folder = folder }

    /// What tells one version of the parts from another.
    ///
    /// - Throws: ``Failure`` with `hostUnfit` when a part is missing, or `storage`.
    func digest() async throws -> String {
        var digests: [String] = []
        for part in [Self.program, Self.unit] {
            let path = "\(folder)/\(part)"
            guard FileTree.exists(path) else {
                throw Failure(
                    .hostUnfit,
                    "the guest agent is not complete: there is no \(path); make agent builds it, SANDGLASS_GUEST_DIR says "
                        + "where it is",
                )
            }
            digests.append(try await FileDigest.sha256(of: path))
        }
        return digests.joined(separator: " ")
    }

    /// Both files.
    var files: [String] { [Self.program, Self.unit].map { "\(folder)/\($0)" } }

    /// A shell command that puts the parts into the root `$1` and has the system start the agent.
    var installation: String {
        let wants = "\"$1/etc/systemd/system/sysinit.target.wants\""
        return [
            "install -D -m 0755 \(quoted(Self.program)) \"$1/usr/lib/sandglass/\(Self.program)\"",
            "install -D -m 0644 \(quoted(Self.unit)) \"$1/usr/lib/systemd/system/\(Self.unit)\"",
            "mkdir -p \(wants)",
            "ln -sf /usr/lib/systemd/system/\(Self.unit) \(wants)/",
        ].joined(separator: " && ")
    }

    private func quoted(_ part: String) -> String { ShellText.quoted("\(folder)/\(part)") }
}
