import Foundation
import Glibc
import SessionModel

/// The one folder of everything that must last, taken by one daemon at a time.
final class StateFolder: Sendable {
    /// Tells this installation's machines from those of others on the same host.
    let installation: String
    private let lock: Int32

    /// Takes the folder; it is made when it is missing.
    ///
    /// - Throws: ``Failure`` with `storage`, or `conflict` when another daemon has it.
    init(at path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o711],
            )
        } catch {
            throw Failure(.storage, "the state folder \(path) cannot be made", cause: error)
        }
        // Guests' emulators pass through it to their own folders.
        guard chmod(path, 0o711) == 0 else { throw Self.failure("the rights of \(path) cannot be set") }
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Self.failure("the lock \(path)/lock cannot be opened") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw Failure(
                .conflict,
                "another daemon works with \(path); end it or set SANDGLASS_STATE_DIR to another folder",
            )
        }
        do {
            installation = try Self.readInstallation(at: "\(path)/installation")
        } catch {
            close(lock)
            throw error
        }
    }

    deinit { close(lock) }

    private static func readInstallation(at path: String) throws -> String {
        if FileManager.default.fileExists(atPath: path) {
            let text: String
            do {
                text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            } catch {
                throw Failure(.storage, "\(path) cannot be read", cause: error)
            }
            guard MachineID(text) != nil else {
                throw Failure(
                    .storage,
                    "\(path) does not hold an installation id; restore it, it marks this service's machines",
                )
            }
            return text
        }
        var generator = SystemRandomNumberGenerator()
        let id = MachineID(using: &generator).description
        do {
            try Data("\(id)\n".utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure(.storage, "\(path) cannot be written", cause: error)
        }
        return id
    }

    private static func failure(_ what: String) -> Failure {
        Failure(.storage, "\(what): \(String(cString: strerror(errno)))")
    }
}
