/// An implementation did not keep a promise of its port.
package struct ConformanceFailure: Error, CustomStringConvertible {
    /// What differs from the promise.
    package let message: String

    package var description: String { message }

    /// Makes a failure.
    package init(_ message: String) { self.message = message }
}
