package import APIContract
import Synchronization

/// Where SSH is taken, and whether it is just now.
package final class SSHPlace: Sendable {
    private enum State {
        case starting
        case listening
        case over(why: String)
    }

    private let access: SSHAccessResource
    private let current = Mutex<(run: Int, state: State)>((0, .starting))

    /// Names the place, at which nobody listens yet.
    package init(_ access: SSHAccessResource) { self.access = access }

    /// What people are told; nothing while nobody listens.
    package var open: SSHAccessResource? { trouble == nil ? access : nil }

    /// Why nobody listens; `nil` while somebody does.
    package var trouble: String? {
        switch current.withLock({ $0.state }) {
        case .starting: "sshd has not begun to listen"
        case .listening: nil
        case .over(let why): "sshd does not run: \(why)"
        }
    }

    /// It is started, for the time that is returned.
    func begin() -> Int {
        current.withLock { current in
            current = (current.run + 1, .starting)
            return current.run
        }
    }

    /// It listens; of no meaning once the run it is said of is over.
    func listen(in run: Int) {
        current.withLock { current in
            if case .starting = current.state, current.run == run { current.state = .listening }
        }
    }

    /// It has ended.
    func end(because why: String) { current.withLock { $0.state = .over(why: why) } }
}
