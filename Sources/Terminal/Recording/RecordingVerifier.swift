import Crypto
import SessionModel

/// Finds out whether a recording is what was written.
///
/// Reads every file once, a line at a time, in memory that does not grow with the recording.
package struct RecordingVerifier: Sendable {
    private let key: RecordingKey
    private let disk: any RecordingDisk

    /// Verifies with the public half of the key that should have signed.
    package init(key: RecordingKey) { self.init(key: key, on: LocalDisk()) }

    init(key: RecordingKey, on disk: any RecordingDisk) {
        self.key = key
        self.disk = disk
    }

    /// Verifies a recording that nobody writes meanwhile, off the caller's actor.
    ///
    /// - Parameters:
    ///   - files: The recording. One that was compressed may also be there unpacked instead.
    ///   - label: What it should be of; `nil` takes the seal's word for it.
    /// - Returns: The verdict.
    /// - Throws: ``Failure`` with `storage` when the disk does not let it be read, or `CancellationError`.
    @concurrent
    package func verify(
        _ files: RecordingFiles,
        expecting label: RecordingLabel? = nil,
    ) async throws -> RecordingVerdict {
        let names = Set(try disk.names(in: files.folder))
        do {
            guard let seal = try seal(of: files, names) else {
                var comparison = try Comparison(files, names, isSealed: false, on: disk)
                try await comparison.run()
                return try comparison.verdict(expecting: label)
            }
            try check(seal, is: files, label)
            var comparison = try Comparison(files, names, isSealed: true, on: disk)
            try await comparison.run()
            let verdict = try comparison.verdict(seal)
            // What somebody has unpacked beside it is what players open.
            let unpacked = names.subtracting(files.packedNames(among: names))
            if unpacked != names {
                var second = try Comparison(files, unpacked, isSealed: true, on: disk)
                try await second.run()
                _ = try second.verdict(seal)
            }
            return verdict
        } catch let finding as Finding {
            return .damaged(finding.damage)
        }
    }

    private func seal(of files: RecordingFiles, _ names: Set<String>) throws -> RecordingSeal? {
        func has(_ path: String) -> Bool { names.contains(RecordingFiles.name(of: path)) }
        guard has(files.seal) else {
            if has(files.signature), !has(files.cast) || !has(files.packedCast) {
                throw Finding(.sealMissing, "there is a signature, but no seal")
            }
            if !has(files.cast), has(files.packedCast) {
                throw Finding(.sealMissing, "the recording was compressed, which sealing does, but there is no seal")
            }
            return nil
        }
        guard has(files.signature) else { throw Finding(.signatureMissing, "there is a seal, but no signature") }
        let text = try disk.open(files.seal, for: .reading).read(RecordingSeal.sizeLimit + 1, at: 0)
        let signature = try disk.open(files.signature, for: .reading).read(65, at: 0)
        guard let seal = RecordingSeal(text: String(decoding: text, as: UTF8.self)), seal.text.utf8.elementsEqual(text)
        else { throw Finding(.sealAltered, "the seal does not have the form of one") }
        guard seal.key == key.id else {
            throw Finding(.wrongKey, "the seal names key \(seal.key.prefix(64)), this is key \(key.id)")
        }
        guard key.isValid(signature, of: text) else {
            throw Finding(.sealAltered, "the signature is not one of this seal by this key")
        }
        return seal
    }

    private func check(_ seal: RecordingSeal, is files: RecordingFiles, _ label: RecordingLabel?) throws {
        guard seal.terminal == files.terminal, seal.part == files.part, label == nil || seal.origin?.label == label
        else {
            throw Finding(
                .otherRecording,
                "the seal is that of session \(seal.session), machine \(seal.machine), terminal \(seal.terminal), "
                    + "part \(seal.part)",
            )
        }
    }
}

/// The first thing that is wrong.
struct Finding: Error {
    let damage: RecordingDamage

    init(_ kind: RecordingDamage.Kind, line: Int? = nil, _ message: String) {
        damage = RecordingDamage(kind: kind, line: line, message: message)
    }
}
