import GuestProtocol
package import SessionModel

extension AgentSwitchboard {
    package func start(_ copy: GuestCopy, in machine: MachineID) async throws -> RunningProgram {
        try copy.check()
        return try await open(OpenRequest(copy), in: machine)
    }

    package func connect(to port: UInt16, in machine: MachineID) async throws -> RunningProgram {
        try await open(.forward(port: port), in: machine)
    }

    private func open(_ request: OpenRequest, in machine: MachineID) async throws -> RunningProgram {
        try await withConnection(to: machine) { connection in
            guard await connection.isOpen else { return nil }
            let (stream, opened) = try await connection.open(request)
            let mode: UInt32? = if case .file(let attributes) = opened { attributes.mode } else { nil }
            return RunningProgram(stream, mode: mode)
        }
    }
}

extension OpenRequest {
    /// What opens a copy that was checked.
    fileprivate init(_ copy: GuestCopy) {
        switch copy {
        case .put(let path, let mode, let user):
            self = .putFile(PutFileRequest(path: Array(path.utf8), mode: mode, user: Array(user.utf8), group: []))
        case .get(let path):
            self = .getFile(path: Array(path.utf8))
        case .unpack(let directory, let user):
            self = .tarIn(TarRequest(directory: Array(directory.utf8), user: Array(user.utf8)))
        case .pack(let directory, let members, let user):
            self = .tarOut(
                TarRequest(
                    directory: Array(directory.utf8),
                    user: Array(user.utf8),
                    members: members.map { Array($0.utf8) },
                )
            )
        }
    }
}
