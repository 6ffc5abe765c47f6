/// The beginning of an identifier that stands for the whole.
enum Beginning {
    /// The only identifier that begins like this.
    ///
    /// - Parameters:
    ///   - found: All that do.
    ///   - beginning: What was given.
    ///   - what: What they name.
    ///   - see: The command that lists them.
    /// - Returns: The whole identifier.
    /// - Throws: ``CommandFailure`` with `notFound` when none begins like this, with `usage` when several do.
    static func only(_ found: [String], _ beginning: String, _ what: String, see: String) throws -> String {
        switch found.count {
        case 0:
            throw CommandFailure(.notFound, "there is no \(what) whose id begins with \"\(beginning)\"; see: \(see)")
        case 1:
            return found[0]
        default:
            let some = found.prefix(5).joined(separator: ", ")
            throw CommandFailure(
                .usage,
                "the ids of \(found.count) \(what)s begin with \"\(beginning)\": \(some); type one more letter",
            )
        }
    }
}
