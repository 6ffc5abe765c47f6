import CLibvirt
import Foundation

/// What has to be done once in a process before libvirt is used.
///
/// The library's event loop runs on one thread of its own for the life of the process. It serves every connection:
/// events, keepalive, and the notice that a connection was lost.
enum LibvirtLibrary {
    /// Sets the library up on first use; the same outcome ever after.
    static func prepare() throws(LibvirtError) { try preparation.get() }

    private static let preparation: Result<Void, LibvirtError> = {
        guard virInitialize() == 0 else { return .failure(.last(after: "virInitialize")) }
        // Without this the library prints every error, expected ones included, to standard error.
        virSetErrorFunc(nil, discardMessage)
        guard virEventRegisterDefaultImpl() == 0 else {
            return .failure(.last(after: "virEventRegisterDefaultImpl"))
        }
        let thread = Thread(block: runEventLoop)
        thread.name = "libvirt-events"
        thread.start()
        return .success(())
    }()
}

// Callbacks are global functions: a closure written inside a method would inherit that method's isolation and trap when
// the library calls it on a thread of its own.

private func discardMessage(_ context: CallbackContext?, _ error: virErrorPtr?) {}

@Sendable private func runEventLoop() {
    while true {
        // A failing poll would make this a busy loop; connections notice the silence by their keepalive.
        if virEventRunDefaultImpl() < 0 { Thread.sleep(forTimeInterval: 0.1) }
    }
}
