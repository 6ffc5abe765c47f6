import SessionModel

@testable import Terminal

extension Visitor {
    static let owner = Visitor(PersonID("uid:1000"), isOwner: true)
    static let guest = Visitor(PersonID("uid:1001"), isOwner: false)
    static let watcher = Visitor(PersonID("uid:1002"), as: .watcher, isOwner: false)
}

extension TerminalHub {
    /// Opens a view as the owner.
    func attach(_ place: Place, size: WindowSize? = nil) async throws -> TerminalViewer {
        try await attach(place, as: .owner, size: size)
    }
}

extension TerminalViewer {
    /// The bytes that come next; `nil` at the end.
    func nextBytes() async -> [UInt8]? {
        while let event = await next() {
            switch event {
            case .output(let bytes), .screen(_, let bytes, _): if !bytes.isEmpty { return bytes }
            case .typed, .presence, .recorded, .size: continue
            }
        }
        return nil
    }
}
