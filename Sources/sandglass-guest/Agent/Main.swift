import CGuest
import GuestProtocol

@main
struct Main {
    static func main() {
        var place = Port.Place.device(text("/dev/virtio-ports/org.sandglass.agent.0"))
        var root: [UInt8] = []
        var arguments = System.arguments[...]
        while let argument = arguments.popFirst() {
            if argument == text("--listen"), let path = arguments.popFirst() {
                place = .socket(path)
            } else if argument == text("--root"), let path = arguments.popFirst(), isPath(path) {
                root = path
            } else if isPath(argument) {
                place = .device(argument)
            } else {
                System.log(text(usage))
                exit(64)
            }
        }
        Agent(place, root: root).run()
    }

    private static let usage: StaticString = """
        usage: sandglass-guest [--root FOLDER] [PORT | --listen SOCKET]
          PORT             the virtio-serial port (default /dev/virtio-ports/org.sandglass.agent.0)
          --listen SOCKET  make a unix socket and take a host's connections there instead
          --root FOLDER    rehearse: write identity below FOLDER, set no clock, freeze nothing, restart nothing
        """
}
