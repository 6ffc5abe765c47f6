import Foundation

/// A virtio-serial port with nothing of ours at either end, beside the agent's in the same running guest.
struct RawPort: Sendable {
    private static let name = "bench.raw"
    /// The port as programs in the guest find it, once the guest has noticed it.
    static let path = "/dev/virtio-ports/\(name)"

    private let socket: String

    /// Plugs the port into a machine that runs.
    ///
    /// It gets a controller of its own: the agent's has no room, and what travels on one does not wait for the other.
    ///
    /// - Parameters:
    ///   - machine: The machine.
    ///   - daemon: Whose machine it is.
    /// - Throws: ``HostProgram/Failed`` or ``PrivateDaemon/Trouble`` when the emulator refuses.
    init(pluggedInto machine: String, of daemon: PrivateDaemon) throws {
        // Where the emulator, which runs as a user of its own, may make a socket.
        socket = "\(daemon.folder)/machines/\(machine)/own/raw.sock"
        let address = #"{"type": "unix", "data": {"path": "\#(socket)"}}"#
        let listener = #"{"type": "socket", "data": {"addr": \#(address), "server": true, "wait": false}}"#
        let commands = [
            #"{"execute": "chardev-add", "arguments": {"id": "bench-raw", "backend": \#(listener)}}"#,
            // The last of the root ports that are kept free for what is plugged in later.
            #"{"execute": "device_add", "arguments": {"driver": "virtio-serial-pci", "id": "bench-bus", "bus": "pci.4"}}"#,
            #"{"execute": "device_add", "arguments": {"driver": "virtserialport", "id": "bench-port", "#
                + #""bus": "bench-bus.0", "chardev": "bench-raw", "name": "\#(Self.name)"}}"#,
        ]
        for command in commands {
            let answer = try HostProgram.virsh("qemu-monitor-command", "sandglass-\(machine)", command)
            guard !answer.contains(#""error""#) else {
                throw PrivateDaemon.Trouble(description: "the emulator refuses a second port: \(answer)")
            }
        }
    }

    /// Connects to the host's end.
    func connect() throws -> UnixLine { try UnixLine(to: socket) }
}
