import Foundation
import Logging
import SessionModel

extension LibvirtHypervisor {
    /// What an emulator that is gone has said last.
    ///
    /// - Returns: `nil` when it said nothing, or when there is no log.
    func lastWords(of id: MachineID) -> String? {
        // Without a log there are no words to be had.
        guard let path = log(of: id), let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let speaker = " \(URL(filePath: configuration.emulator).lastPathComponent): "
        // That libvirt told it to end is our own doing.
        let words = text.split(separator: "\n").last { $0.contains(speaker) && !$0.contains("terminating on signal") }
        return words.map { String($0.split(separator: speaker, maxSplits: 1).last ?? $0) }
    }

    /// Removes the log libvirt kept of a machine.
    func removeLog(of id: MachineID) {
        guard let path = log(of: id), unlink(path) != 0, errno != ENOENT else { return }
        let reason = String(cString: strerror(errno))
        logger.warning("The log of a machine stays behind", metadata: ["path": "\(path)", "reason": "\(reason)"])
    }

    private func log(of id: MachineID) -> String? {
        guard let folder = configuration.logFolder, !configuration.isSimulation else { return nil }
        return "\(folder)/\(DomainMark.domainName(of: id)).log"
    }
}
