import Foundation
import Glibc

extension SSHInstance.User {
    /// The user of that name; `nil` when this host has none.
    package init?(named name: String) {
        guard let entry = getpwnam(name)?.pointee else { return nil }
        self.init(name: name, userID: entry.pw_uid, groupID: entry.pw_gid)
    }
}

extension SSHInstance {
    /// What keeps sshd from leading to sessions, and what to do about it.
    package struct Obstacle: Sendable, Equatable {
        /// What it is.
        package let what: String
        /// What to do.
        package let remedy: String
    }

    /// What keeps an instance from running on this host; empty when nothing does.
    ///
    /// - Parameters:
    ///   - program: The absolute path of sshd.
    ///   - user: The login as whom it shall run.
    ///   - tool: The absolute path of the command `sandglass`.
    /// - Returns: All there is.
    package static func obstacles(program: String, user: String, tool: String) -> [Obstacle] {
        var found: [Obstacle] = []
        if access(program, X_OK) != 0 {
            found.append(
                Obstacle(
                    what: "there is no sshd at \(program)",
                    remedy: "install openssh-server, or set SANDGLASS_SSHD",
                )
            )
        }
        if let entry = getpwnam(user)?.pointee {
            let shell = String(cString: entry.pw_shell)
            if entry.pw_uid == 0 {
                found.append(
                    Obstacle(what: "user \(user) is root", remedy: "give that login to somebody without rights")
                )
            } else if access(shell, X_OK) != 0 || shell.hasSuffix("/nologin") || shell.hasSuffix("/false") {
                // sshd runs what it is told to by the shell of its user.
                found.append(
                    Obstacle(what: "user \(user) has no shell but \(shell)", remedy: "usermod --shell /bin/sh \(user)")
                )
            }
        } else {
            found.append(Obstacle(what: "there is no user \(user)", remedy: "run deploy/host/setup"))
        }
        return found + obstacles(of: tool)
    }

    /// What keeps sshd from running the command.
    private static func obstacles(of tool: String) -> [Obstacle] {
        let remedy = "install sandglass and sandglassd in a folder that is root's alone, /usr/local/bin for example"
        guard tool.utf8.allSatisfy(isPlain) else {
            return [Obstacle(what: "the path \(tool) has characters that sshd would read otherwise", remedy: remedy)]
        }
        // The folders above too: who may change one may put something else there.
        var path = URL(filePath: tool).resolvingSymlinksInPath().path
        while true {
            // What cannot be looked at is not there.
            guard let found = try? FileManager.default.attributesOfItem(atPath: path),
                let owner = found[.ownerAccountID] as? NSNumber, let mode = found[.posixPermissions] as? NSNumber
            else { return [Obstacle(what: "there is no program \(path)", remedy: remedy)] }
            guard owner == 0, mode.uint16Value & 0o022 == 0 else {
                return [
                    Obstacle(what: "others than root may change \(path), and sshd runs nothing there", remedy: remedy)
                ]
            }
            guard mode.uint16Value & 0o001 != 0 else {
                return [Obstacle(what: "nobody but root gets through \(path)", remedy: remedy)]
            }
            guard path != "/" else { return [] }
            path = (path as NSString).deletingLastPathComponent
        }
    }

    /// Whether a byte of a path means nothing to a shell, nor to sshd.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
