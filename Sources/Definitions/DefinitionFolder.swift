import Foundation
import SessionModel

/// A folder of definition files of one kind.
struct DefinitionFolder {
    /// What the files describe.
    let kind: DefinitionKind
    /// The folder.
    let path: String

    /// The file of a definition.
    func file(of id: some Slug) -> String { file(named: id.name) }

    /// The names of the definitions in the folder, in order.
    ///
    /// - Throws: ``Failure`` with `storage` when the folder cannot be read.
    func names() throws(Failure) -> [String] {
        try entries().compactMap { entry in
            switch kind {
            case .policy: entry.hasSuffix(".yaml") ? String(entry.dropLast(".yaml".count)) : nil
            case .lab, .image: isFolder(entry) ? entry : nil
            }
        }
    }

    /// What lies in the folder as if it were a definition and is never read.
    ///
    /// - Throws: ``Failure`` with `storage` when the folder cannot be read.
    func unread() throws(Failure) -> [DefinitionDiagnostic] {
        guard kind == .policy else { return [] }
        return try entries().filter { $0.hasSuffix(".yml") }.map { entry in
            let message = "the file is not read under this name: rename it to \(entry.dropLast(4)).yaml"
            return DefinitionDiagnostic(file: "\(path)/\(entry)", line: 1, column: 1, key: "", message: message)
        }
    }

    /// The failure that says a definition does not exist, and what was probably meant.
    func absence(of id: some Slug) -> Failure {
        let names: [String]
        do {
            names = try self.names().filter { ImageID.isValid($0) }
        } catch {
            return error
        }
        var message = "there is no \(kind.noun) \(id.name.quoted)"
        if let guess = NearestName.of(id.name, among: names) {
            message += " (did you mean \(guess.quoted)?)"
        } else if names.isEmpty {
            message += "; \(path) has none"
        } else if names.count <= 12 {
            message += "; there is \(names.joined(separator: ", "))"
        }
        return Failure(.notFound, message)
    }

    /// Whether a definition of that name has a file.
    func has(_ id: some Slug) -> Bool { FileManager.default.fileExists(atPath: file(of: id)) }

    /// The file of the definition of that name.
    func file(named name: String) -> String {
        switch kind {
        case .policy: "\(path)/\(name).yaml"
        case .lab, .image: "\(path)/\(name)/\(kind.fileName)"
        }
    }

    private func entries() throws(Failure) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            throw Failure(
                .storage,
                "the folder \(path), in which \(kind.noun) files are kept, cannot be read",
                cause: error,
            )
        }
    }

    private func isFolder(_ entry: String) -> Bool {
        var isFolder = ObjCBool(false)
        return FileManager.default.fileExists(atPath: "\(path)/\(entry)", isDirectory: &isFolder) && isFolder.boolValue
    }
}
