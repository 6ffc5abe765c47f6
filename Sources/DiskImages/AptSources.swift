import Foundation
import SessionModel

/// Where this host gets its packages from.
struct AptSources: Equatable {
    /// Address of the archive.
    var main: String
    /// Address of the archive of security updates; `nil` when the host does not use it.
    var security: String?
    /// Proxy the host's package tool goes through.
    var proxy: String?

    /// The keys that sign Debian's archives, of every release this host knows.
    static let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

    /// Asks the host's package tool.
    ///
    /// - Throws: ``Failure`` with `hostUnfit` when the host has no archive of its own release, or `hostTool`.
    static func ofThisHost() async throws -> AptSources {
        let targets = try await HostTool(
            name: "apt-get indextargets",
            command: ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"],
        ).output()
        let proxy = try await HostTool(
            name: "apt-config",
            command: ["apt-config", "shell", "proxy", "Acquire::http::Proxy"],
        ).output()
        // Without the file there is no release, and that is what the failure then says.
        let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        return try AptSources(targets: targets, proxy: proxy, release: release)
    }

    /// Reads what the host's tools say.
    ///
    /// - Parameters:
    ///   - targets: Lines of an archive's address and a release.
    ///   - proxy: `proxy='…'`, or nothing.
    ///   - release: The text of `/etc/os-release`.
    /// - Throws: ``Failure`` with `hostUnfit` when there is no archive of the host's own release.
    init(targets: String, proxy: String = "", release: String) throws {
        let codename = release.split(separator: "\n").first { $0.hasPrefix("VERSION_CODENAME=") }?
            .dropFirst("VERSION_CODENAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
        guard let codename, !codename.isEmpty else {
            throw Failure(.hostUnfit, "/etc/os-release does not name a release; images are built on Debian only")
        }
        var addresses: [String: String] = [:]
        for line in targets.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 2, addresses[words[1]] == nil { addresses[words[1]] = words[0] }
        }
        guard let main = addresses[codename] else {
            throw Failure(
                .hostUnfit,
                "apt on this host has no archive of its own release \(codename); add one and run apt-get update",
            )
        }
        self.main = main
        security = addresses["\(codename)-security"]
        let quoted = proxy.split(separator: "'", omittingEmptySubsequences: false)
        self.proxy = quoted.count == 3 && !quoted[1].isEmpty ? String(quoted[1]) : nil
    }

    /// The same archives for another release, as a deb822 file.
    func text(for suite: String) -> String {
        var text = """
            Types: deb
            URIs: \(main)
            Suites: \(suite) \(suite)-updates
            Components: main
            Signed-By: \(Self.keyring)

            """
        if let security {
            text += """

                Types: deb
                URIs: \(security)
                Suites: \(suite)-security
                Components: main
                Signed-By: \(Self.keyring)

                """
        }
        return text
    }
}
