import Benchmarks
import Foundation
import Testing

/// The file with the state of a snapshot's devices, as another version of the emulator would have written it.
enum DeviceState {
    /// What introduces a device: the kind of section, its number, then the device's name with its length before it.
    private static let device = "serial"
    /// Newer than any there is.
    private static let version: UInt8 = 99

    /// Makes a device's state one of a version that no emulator knows, with a digest that is right.
    ///
    /// - Parameter folder: The snapshot's.
    /// - Throws: When the state has no such device, or a file cannot be changed.
    static func age(in folder: String) throws {
        let path = URL(filePath: "\(folder)/state")
        var bytes = [UInt8](try Data(contentsOf: path))
        let name = [UInt8(device.utf8.count)] + Array(device.utf8)
        let place = try #require(
            bytes.indices.dropLast(name.count).first { bytes[$0..<$0 + name.count].elementsEqual(name) },
            "there is no \(device) in the state",
        )
        // After the name come the number of the device and the version, four bytes each, the highest first.
        let last = place + name.count + 7
        bytes[last] = version
        // In place: it stays the file that it is.
        let file = try FileHandle(forWritingTo: path)
        try file.seek(toOffset: UInt64(last))
        try file.write(contentsOf: [version])
        try file.close()
        try forge(path.lastPathComponent, in: folder)
    }

    /// Makes the record of a snapshot say that a file is as it is.
    private static func forge(_ file: String, in folder: String) throws {
        let digest = try HostProgram.run("/usr/bin/sha256sum", "\(folder)/\(file)").prefix(64)
        let path = URL(filePath: "\(folder)/snapshot.json")
        let record = try JSONSerialization.jsonObject(with: Data(contentsOf: path))
        var object = try #require(record as? [String: Any])
        var digests = try #require(object["sha256"] as? [String: String])
        digests[file] = String(digest)
        object["sha256"] = digests
        try JSONSerialization.data(withJSONObject: object).write(to: path)
    }
}
