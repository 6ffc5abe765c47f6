/// One line of an answer (`application/x-ndjson`) that goes on for as long as some work does.
///
/// The last line, and no other, has a result or a problem.
package protocol ProgressReport: Codable, Sendable {
    /// What the work comes to.
    associatedtype Result: Sendable

    /// What is being done, in words.
    var step: String? { get }
    /// How far the step has come, 0 to 1, when that is known.
    var fraction: Double? { get }
    /// What the work came to.
    var result: Result? { get }
    /// What went wrong.
    var problem: Problem? { get }

    /// Makes the last line of work that failed.
    init(problem: Problem)
}

extension ProgressReport {
    /// Whether no line follows.
    package var isLast: Bool { result != nil || problem != nil }
}
