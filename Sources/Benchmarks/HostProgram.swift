import Foundation

/// A program of the host.
package enum HostProgram {
    /// It ended with another status than 0.
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Asks the host's libvirt, whatever the environment says which one is meant.
    ///
    /// - Returns: What `virsh` printed.
    /// - Throws: ``Failed``, or what starting it throws.
    @discardableResult
    package static func virsh(_ arguments: String...) throws -> String {
        try run("/usr/bin/virsh", arguments: ["--connect", "qemu:///system"] + arguments)
    }

    /// Runs a program to its end.
    ///
    /// - Returns: What it printed.
    /// - Throws: ``Failed``, or what starting it throws.
    @discardableResult
    package static func run(_ path: String, _ arguments: String...) throws -> String {
        try run(path, arguments: arguments)
    }

    private static func run(_ path: String, arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let command = ([path] + arguments).joined(separator: " ")
            throw Failed(description: "\(command) ended with status \(process.terminationStatus): \(output)")
        }
        return output
    }
}
