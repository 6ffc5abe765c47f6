/// A line of /etc/passwd, with the groups of /etc/group.
///
/// Read here: the C library's own lookup loads plug-ins, which a static program cannot.
struct Account {
    let name: [UInt8]
    let user: UInt32
    let group: UInt32
    let groups: [UInt32]
    let home: [UInt8]
    let shell: [UInt8]

    /// Finds who is meant by a name or number; empty means root.
    ///
    /// - Parameters:
    ///   - name: The name or number.
    ///   - root: The folder in which homes are; not empty in a rehearsal, whose shells read and write no one's own files.
    /// - Returns: The account; `nil` when there is none.
    static func named(_ name: [UInt8], in root: [UInt8]) -> Account? {
        let wanted = name.isEmpty ? text("0") : name
        for line in parts(System.contents(of: text("/etc/passwd"), atMost: 1 << 20), at: 10) {
            let fields = parts(line, at: 58)
            guard fields.count >= 7, fields[0] == wanted || fields[2] == wanted else { continue }
            guard let user = id(fields[2]), let group = id(fields[3]) else { continue }
            return Account(
                name: fields[0],
                user: user,
                group: group,
                groups: [group] + supplementary(of: fields[0]).filter { $0 != group },
                home: root + (isPath(fields[5]) ? fields[5] : [47]),
                shell: isPath(fields[6]) ? fields[6] : text("/bin/sh"),
            )
        }
        // A root file system without accounts still has root.
        guard wanted == text("0") || wanted == text("root") else { return nil }
        return Account(name: text("root"), user: 0, group: 0, groups: [0], home: root + [47], shell: text("/bin/sh"))
    }

    /// Finds which group is meant by a name or number.
    static func group(named name: [UInt8]) -> UInt32? {
        if let id = id(name) { return id }
        for line in groupLines() where line[0] == name { return id(line[2]) }
        return nil
    }

    /// What the person's programs find in their environment, `NAME=value`.
    func environment() -> [[UInt8]] {
        let path =
            user == 0
            ? text("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            : text("PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games")
        return [
            text("HOME=") + home, text("USER=") + name, text("LOGNAME=") + name, text("SHELL=") + shell, path,
        ] + Self.locale()
    }

    /// The machine's language, from where a login takes it.
    private static func locale() -> [[UInt8]] {
        parts(System.contents(of: text("/etc/default/locale")), at: 10).compactMap { line in
            guard line.starts(with: text("LANG=")) || line.starts(with: text("LC_")) else { return nil }
            return line.filter { $0 != 34 && $0 != 39 }
        }
    }

    private static func supplementary(of name: [UInt8]) -> [UInt32] {
        groupLines().filter { parts($0[3], at: 44).contains(name) }.compactMap { id($0[2]) }
    }

    private static func groupLines() -> [[[UInt8]]] {
        parts(System.contents(of: text("/etc/group"), atMost: 1 << 20), at: 10).map { parts($0, at: 58) }
            .filter { $0.count >= 4 }
    }

    private static func id(_ digits: [UInt8]) -> UInt32? {
        // The highest number means "nobody in particular" to the kernel.
        guard let value = decimalNumber(digits), value < UInt64(UInt32.max) else { return nil }
        return UInt32(value)
    }
}
