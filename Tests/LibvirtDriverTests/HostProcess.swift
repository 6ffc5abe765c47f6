import Foundation
import SessionModel

/// A process as the kernel shows it.
struct HostProcess {
    let id: Int32

    /// A line of its status, for example `Uid`; the words behind the name.
    func status(_ name: String) throws -> [String] {
        let lines = try text("status").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix(name + ":") }) else { return [] }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
    }

    /// Processor time it has used, in seconds.
    func processorTime() throws -> Double {
        let fields = try text("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw Failure(.hostTool, "the process \(id) has no readable times")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The regular files that it could write to, except libvirt's note of its number.
    func writableFiles() throws -> Set<String> {
        var paths: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd") {
            // A descriptor may be closed between the two looks.
            guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/fd/\(name)"),
                !path.hasPrefix("/run/libvirt/"), Self.isRegular(path), try mode(of: path) != O_RDONLY
            else { continue }
            paths.insert(path)
        }
        for mapping in try mappings() where mapping.permissions.hasSuffix("s") && mapping.permissions.contains("w") {
            if mapping.path.hasPrefix("/") { paths.insert(mapping.path) }
        }
        return paths
    }

    private static func isRegular(_ path: String) -> Bool {
        var entry = stat()
        return stat(path, &entry) == 0 && entry.st_mode & S_IFMT == S_IFREG
    }

    /// The parts of its memory that come from files.
    func mappings() throws -> [Mapping] {
        var mappings: [Mapping] = []
        for line in try text("smaps").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5)
            if words.count > 1, words[0].contains("-"), words[1].count == 4 {
                let path = words.count > 5 ? words[5].trimmingCharacters(in: .whitespaces) : ""
                mappings.append(Mapping(path: path, permissions: String(words[1]), privateDirtyKiB: 0))
            } else if words.first == "Private_Dirty:", let size = words.dropFirst().first.flatMap({ Int($0) }) {
                mappings[mappings.count - 1].privateDirtyKiB = size
            }
        }
        return mappings
    }

    /// A part of a process's memory.
    struct Mapping {
        let path: String
        /// As the kernel writes them: `rw-p` for a private one, `s` at the end for a shared one.
        let permissions: String
        var privateDirtyKiB: Int
    }

    /// How a file is open in it; `nil` when it is not.
    func mode(of path: String) throws -> Int32? {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd") {
            // A descriptor may be closed between the two looks.
            guard (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/fd/\(name)")) == path else {
                continue
            }
            let flags = try text("fdinfo/\(name)").split(separator: "\n").first { $0.hasPrefix("flags:") }
            guard let octal = flags?.split(whereSeparator: \.isWhitespace).last, let bits = Int32(octal, radix: 8)
            else {
                return nil
            }
            return bits & O_ACCMODE
        }
        return nil
    }

    /// A setting of the control group that libvirt made for it, under the name it has in either version.
    func controlGroup(_ controller: String, first: String, unified: String) throws -> String {
        for line in try text("cgroup").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isFirst = parts[1].split(separator: ",").contains { $0 == controller }
            guard isFirst || parts[1].isEmpty else { continue }
            let root = isFirst ? "/sys/fs/cgroup/\(controller)" : "/sys/fs/cgroup"
            // libvirt moves threads into subgroups; the machine's own group is the one above them.
            let components = parts[2].split(separator: "/")
            guard let own = components.firstIndex(where: { $0.contains("sandglass") }) else { continue }
            let path = components[...own].joined(separator: "/")
            let file = "\(root)/\(path)/\(isFirst ? first : unified)"
            // A controller that is not in use has no such file.
            if let value = try? String(contentsOfFile: file, encoding: .utf8) {
                return value.trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }
        throw Failure(.notFound, "the process \(id) has no control group \(controller)")
    }

    private func text(_ name: String) throws -> String {
        // To its end: a file of the kernel's says beforehand that it is empty.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(id)/\(name)"))
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }
}

/// Somebody on this host who tries to open things.
struct HostUser {
    let userID: UInt32
    let groupID: UInt32

    /// Opens a file for reading, or connects to a socket.
    ///
    /// - Returns: What came of it: `opened`, or the kernel's reason against it.
    func open(_ path: String) throws -> String {
        let script = """
            use Socket;
            if (-e $ARGV[0] && -S _) {
                socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or die;
                print connect($socket, sockaddr_un($ARGV[0])) ? "opened" : "$!";
            } else {
                print open(my $file, "<", $ARGV[0]) ? "opened" : "$!";
            }
            """
        return try Tool.run(
            "/usr/bin/setpriv",
            "--reuid=\(userID)",
            "--regid=\(groupID)",
            "--clear-groups",
            "/usr/bin/perl",
            "-e",
            script,
            path,
        ).output
    }
}
