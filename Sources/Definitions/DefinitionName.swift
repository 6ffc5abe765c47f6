import Foundation
import SessionModel

/// What the place of a definition file says its id is.
///
/// A policy's file and the folder of a lab or image are called by it.
struct DefinitionName {
    /// The name.
    let name: String
    /// What is called by it, in words.
    private let bearer: String

    /// Derives the name from a path; `nil` when the file is not where definitions of the kind are kept.
    init?(path: String, kind: DefinitionKind) {
        let parts = path.split(separator: "/").map(String.init)
        guard let file = parts.last else { return nil }
        switch kind {
        case .policy:
            guard file.hasSuffix(".yaml") else { return nil }
            name = String(file.dropLast(".yaml".count))
            bearer = "file"
        case .lab, .image:
            guard file == kind.fileName, let folder = parts.dropLast().last, folder != ".", folder != ".." else {
                return nil
            }
            name = folder
            bearer = "folder"
        }
    }

    /// What is wrong with an id in such a place; `nil` when nothing is.
    func objection(to id: String) -> String? {
        guard id != name, ImageID.isValid(id) else { return nil }
        guard ImageID.isValid(name) else {
            return "is \(id.quoted), but the \(bearer) is called \(name.quoted), which is not a name: rename it"
        }
        return "is \(id.quoted): expected \(name.quoted), as the \(bearer) is called"
    }
}

extension DefinitionKind {
    /// How the file of a lab or image is called; a policy's is called by its id.
    var fileName: String {
        switch self {
        case .policy: "policy.yaml"
        case .lab: "lab.yaml"
        case .image: "image.yaml"
        }
    }

    /// The kind in words.
    var noun: String {
        switch self {
        case .policy: "policy"
        case .lab: "lab"
        case .image: "image recipe"
        }
    }
}
