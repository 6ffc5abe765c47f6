import SessionModel

/// Who looks at a terminal, and what it has shown lately for those who come later.
struct Audience {
    /// Recent output is kept up to this many bytes.
    static let scrollbackLimit = 256 * 1024

    private(set) var scrollback: [UInt8] = []
    private var viewers: [ObjectIdentifier: TerminalViewer] = [:]

    var isEmpty: Bool { viewers.isEmpty }

    /// Throws ``Failure`` with `noCapacity` when no further view may be opened.
    func requireRoom() throws {
        guard viewers.count < TerminalHub.viewerLimit else {
            throw Failure(
                .noCapacity,
                "\(viewers.count) people watch this terminal already; one of them must leave first",
            )
        }
    }

    /// Lets somebody look, from the recent output on.
    mutating func add(_ viewer: TerminalViewer) {
        viewer.show(scrollback)
        viewers[ObjectIdentifier(viewer)] = viewer
    }

    mutating func remove(_ viewer: TerminalViewer) { viewers[ObjectIdentifier(viewer)] = nil }

    /// Lets go of everyone without closing their views.
    mutating func releaseAll() -> [TerminalViewer] {
        defer { viewers = [:] }
        return Array(viewers.values)
    }

    /// Shows something to all, and to those who come later.
    mutating func show(_ bytes: [UInt8]) {
        scrollback += bytes
        if scrollback.count > Self.scrollbackLimit * 2 {
            scrollback.removeFirst(scrollback.count - Self.scrollbackLimit)
        }
        for viewer in viewers.values { viewer.show(bytes) }
    }

    /// Closes every view.
    mutating func close() {
        for viewer in viewers.values { viewer.close() }
        viewers = [:]
    }
}
