import Foundation
package import SessionModel

/// Reads single definition files.
///
/// Everything that is wrong with a file is reported, not only the first thing.
package enum DefinitionLoader {
    /// Reads a policy.
    ///
    /// - Parameter path: The file, absolute or from the working directory; diagnostics name it so.
    /// - Returns: The policy.
    /// - Throws: ``DefinitionErrors`` when the file cannot be read or anything in it is wrong.
    package static func loadPolicy(at path: String) throws(DefinitionErrors) -> Policy {
        try read(PolicySchema.file, .policy, path).checked()
    }

    /// Reads a lab; the files it names must be beside it.
    ///
    /// Whether its policy exists is not looked at; ``FileCatalogue`` does that.
    ///
    /// - Parameter path: The file, absolute or from the working directory; diagnostics name it so.
    /// - Returns: The lab.
    /// - Throws: ``DefinitionErrors`` when the file cannot be read or anything in it is wrong.
    package static func loadLab(at path: String) throws(DefinitionErrors) -> Lab {
        try readLab(path).checked()
    }

    /// What a lab's file says, with what the files beside it say.
    static func readLab(_ path: String) throws(DefinitionErrors) -> DefinitionReading<Lab> {
        let folder = absolute(path).deletingLastPathComponent().path(percentEncoded: false).withoutTrailingSlash
        return try read(LabSchema.file, .lab, path).completed(in: folder)
    }

    /// Reads an image recipe; the files it names must be beside it.
    ///
    /// - Parameter path: The file, absolute or from the working directory; diagnostics name it so.
    /// - Returns: The recipe, with the folder it is in.
    /// - Throws: ``DefinitionErrors`` when the file cannot be read or anything in it is wrong.
    package static func loadImageRecipe(at path: String) throws(DefinitionErrors) -> ImageRecipe {
        var reading = try read(ImageRecipeSchema.file, .image, path)
        guard var recipe = reading.value else { throw reading.errors }
        recipe.folder = absolute(path).deletingLastPathComponent().path(percentEncoded: false).withoutTrailingSlash
        if let files = recipe.files, !exists("\(recipe.folder)/\(files)", asFolder: true) {
            reading.add("there is no folder \(files.quoted) beside this file", at: "build.files")
        }
        for (index, script) in recipe.setup.enumerated() where !exists("\(recipe.folder)/\(script)", asFolder: false) {
            reading.add("there is no file \(script.quoted) beside this file", at: "build.setup[\(index)]")
        }
        guard reading.report.errors == nil else { throw reading.errors }
        return recipe
    }

    /// Looks through a text without keeping it, and without looking at any file.
    ///
    /// - Parameters:
    ///   - kind: What the text should describe.
    ///   - file: How diagnostics name it; where it says what the id must be, that is checked.
    ///   - text: The text.
    /// - Returns: What is wrong; empty when nothing is.
    package static func check(_ kind: DefinitionKind, file: String, text: String) -> [DefinitionDiagnostic] {
        do {
            switch kind {
            case .policy: _ = try read(PolicySchema.file, .policy, file, text: text).checked()
            case .lab: _ = try read(LabSchema.file, .lab, file, text: text).completed(in: nil).checked()
            case .image: _ = try read(ImageRecipeSchema.file, .image, file, text: text).checked()
            }
            return []
        } catch {
            return error.diagnostics
        }
    }

    /// Reads a file.
    ///
    /// - Throws: ``DefinitionErrors`` when it cannot be read; what is wrong in it is part of the reading.
    static func read<Value>(
        _ schema: Schema<Value>,
        _ kind: DefinitionKind,
        _ path: String,
    ) throws(DefinitionErrors) -> DefinitionReading<Value> {
        let text = try DefinitionText.read(path)
        let name = DefinitionName(path: absolute(path).path(percentEncoded: false), kind: kind)
        return DefinitionReading(schema, text: text, file: path, kind: kind, name: name)
    }

    /// Reads a text that is at hand.
    ///
    /// - Throws: ``DefinitionErrors`` when it is too large; what is wrong in it is part of the reading.
    static func read<Value>(
        _ schema: Schema<Value>,
        _ kind: DefinitionKind,
        _ file: String,
        text: String,
    ) throws(DefinitionErrors) -> DefinitionReading<Value> {
        let text = try DefinitionText.text(Array(text.utf8), file: file)
        return DefinitionReading(
            schema,
            text: text,
            file: file,
            kind: kind,
            name: DefinitionName(path: file, kind: kind),
        )
    }

    private static func absolute(_ path: String) -> URL { URL(filePath: path).absoluteURL.standardized }

    private static func exists(_ path: String, asFolder: Bool) -> Bool {
        var isFolder = ObjCBool(false)
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue == asFolder
    }
}

extension String {
    fileprivate var withoutTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
