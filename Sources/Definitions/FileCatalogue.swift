package import SessionModel

/// The definitions in folders of the host.
///
/// Files are read on every call, so that a change is in force at once.
package struct FileCatalogue: Sendable {
    private let policyFolder: DefinitionFolder
    let labFolder: DefinitionFolder
    private let imageFolder: DefinitionFolder?
    let draftsFolder: String?

    /// Makes a catalogue; nothing is read yet.
    ///
    /// - Parameters:
    ///   - policiesFolder: Holds `<id>.yaml`.
    ///   - labsFolder: Holds `<id>/lab.yaml`.
    ///   - imagesFolder: Holds `<id>/image.yaml`; `nil` when there are no recipes.
    ///   - draftsFolder: Where labs are kept that are not published; `nil` when none are.
    package init(
        policiesFolder: String,
        labsFolder: String,
        imagesFolder: String? = nil,
        draftsFolder: String? = nil,
    ) {
        self.draftsFolder = draftsFolder
        policyFolder = DefinitionFolder(kind: .policy, path: policiesFolder)
        labFolder = DefinitionFolder(kind: .lab, path: labsFolder)
        imageFolder = imagesFolder.map { DefinitionFolder(kind: .image, path: $0) }
    }

    /// The recipe of that name: a file's, or one that a lab makes of a file's by packages of its own.
    ///
    /// - Throws: ``Failure`` with `notFound` or `invalidDefinition`, which has a line for everything that is wrong.
    package func imageRecipe(_ id: ImageID) throws(Failure) -> ImageRecipe {
        guard let imageFolder else {
            throw Failure(.notFound, "there is no image recipe \"\(id)\": no folder of recipes is set")
        }
        guard !imageFolder.has(id), let shape = try shape(using: id) else {
            return try one(id, in: imageFolder, read: readImageRecipe)
        }
        guard imageFolder.has(shape.image) else {
            throw Failure(
                .notFound,
                "image \"\(id)\" is \"\(shape.image)\" with packages, and \"\(shape.image)\" is built from no recipe:"
                    + " packages can only be added to images that are",
            )
        }
        var recipe = try one(shape.image, in: imageFolder, read: readImageRecipe)
        // A lab that says a version is heeded; one that says none is content with what the image has.
        let present = recipe.packages
        let added = (shape.packages ?? []).filter { package in
            let name = PackageName.of(package)
            return package == name ? !present.contains { PackageName.of($0) == name } : !present.contains(package)
        }
        recipe.id = id
        let names = added.map(PackageName.of)
        recipe.packages.removeAll { names.contains(PackageName.of($0)) }
        recipe.packages += added
        recipe.title = LocalizedText(recipe.title.texts.mapValues { "\($0) + \(added.joined(separator: ", "))" })
        return recipe
    }

    /// A machine of a lab, published or not, that uses the image and has packages of its own.
    private func shape(using id: ImageID) throws(Failure) -> MachineShape? {
        let files = try labFolder.names().map { labFolder.file(named: $0) }
        // What is wrong with a lab is said where the lab is used.
        let labs = files.compactMap { try? readLab($0).get() } + draftLabs()
        return labs.flatMap(\.machines).first { $0.packages != nil && $0.imageWithPackages == id }
    }

    /// Everything that is wrong with the files in the folders: what ``labs()`` and ``policies()`` leave out, and why.
    package func checkAll() -> [DefinitionDiagnostic] {
        var found = errors(in: policyFolder, read: readPolicy) + errors(in: labFolder, read: readLab)
        if let imageFolder { found += errors(in: imageFolder, read: readImageRecipe) }
        return found
    }

    /// Looks through a lab that need not be in the folder, with the files beside it.
    ///
    /// - Parameter file: Its file, absolute or from the working directory; diagnostics name it so.
    /// - Returns: What is wrong, also that its policy is missing or does not allow it; empty when nothing is.
    package func check(labAt file: String) -> [DefinitionDiagnostic] { readLab(file).diagnostics }

    private func errors<Value>(
        in folder: DefinitionFolder,
        read: (String) -> Result<Value, DefinitionErrors>,
    ) -> [DefinitionDiagnostic] {
        do {
            return try folder.unread() + folder.names().flatMap { read(folder.file(named: $0)).diagnostics }
        } catch {
            return [DefinitionDiagnostic(file: folder.path, line: 1, column: 1, key: "", message: error.message)]
        }
    }

    private func readPolicy(_ file: String) -> Result<Policy, DefinitionErrors> {
        Result { () throws(DefinitionErrors) in try DefinitionLoader.loadPolicy(at: file) }
    }

    private func readImageRecipe(_ file: String) -> Result<ImageRecipe, DefinitionErrors> {
        Result { () throws(DefinitionErrors) in try DefinitionLoader.loadImageRecipe(at: file) }
    }

    func readLab(_ file: String) -> Result<Lab, DefinitionErrors> {
        Result { () throws(DefinitionErrors) in
            try held(against: policyFolder, DefinitionLoader.readLab(file))
        }
    }

    /// Looks whether the policy a lab names exists and allows what the lab asks for.
    private func held(
        against policies: DefinitionFolder,
        _ reading: DefinitionReading<Lab>,
    ) throws(DefinitionErrors) -> Lab {
        guard let lab = reading.value else { return try reading.checked() }
        var reading = reading
        guard policies.has(lab.policy) else {
            reading.add(policies.absence(of: lab.policy).message, at: "policy")
            return try reading.checked()
        }
        switch readPolicy(policies.file(of: lab.policy)) {
        case .failure: reading.add("policy \"\(lab.policy)\" has errors of its own", at: "policy")
        case .success(let policy):
            for machine in lab.machines {
                for (key, part) in machine.parts {
                    guard let refusal = part.refusal(under: policy) else { continue }
                    reading.add(refusal.message, at: "machines.\(machine.name).\(key)")
                }
            }
        }
        return try reading.checked()
    }
}

extension FileCatalogue: DefinitionCatalogue {
    package func lab(_ id: LabID) async throws -> Lab { try one(id, in: labFolder, read: readLab) }

    package func policy(_ id: PolicyID) async throws -> Policy { try one(id, in: policyFolder, read: readPolicy) }

    // Lists leave out what is wrong; ``checkAll()`` reports it.
    package func labs() async throws -> [Lab] {
        // What is wrong is left out here and reported by ``checkAll()``.
        try labFolder.names().compactMap { try? readLab(labFolder.file(named: $0)).get() }
    }

    package func policies() async throws -> [Policy] {
        // Likewise.
        try policyFolder.names().compactMap { try? readPolicy(policyFolder.file(named: $0)).get() }
    }

    private func one<Value>(
        _ id: some Slug,
        in folder: DefinitionFolder,
        read: (String) -> Result<Value, DefinitionErrors>,
    ) throws(Failure) -> Value {
        guard folder.has(id) else { throw folder.absence(of: id) }
        switch read(folder.file(of: id)) {
        case .success(let value): return value
        case .failure(let errors): throw errors.failure
        }
    }
}

extension FileCatalogue: DefinitionAdministration {
    package func problems() async throws -> [String] { checkAll().map(\.description) }

    package func check(_ kind: DefinitionKind, file: String, text: String) async -> [String] {
        switch kind {
        case .policy, .image: return DefinitionLoader.check(kind, file: file, text: text).map(\.description)
        case .lab:
            let result = Result { () throws(DefinitionErrors) in
                try held(
                    against: policyFolder,
                    DefinitionLoader.read(LabSchema.file, .lab, file, text: text).completed(in: nil),
                )
            }
            return result.diagnostics.map(\.description)
        }
    }
}

extension Result where Failure == DefinitionErrors {
    /// What is wrong; empty when nothing is.
    fileprivate var diagnostics: [DefinitionDiagnostic] {
        switch self {
        case .success: []
        case .failure(let errors): errors.diagnostics
        }
    }
}

extension MachineShape {
    /// What it asks for, each by itself, under the key that asks.
    fileprivate var parts: [(key: String, shape: MachineShape)] {
        [
            ("vcpus", MachineShape(name: name, image: image, vcpus: vcpus)),
            ("memory", MachineShape(name: name, image: image, memory: memory)),
            ("disk", MachineShape(name: name, image: image, disk: disk)),
        ]
    }

    /// Why a policy does not allow it; `nil` when it does.
    fileprivate func refusal(under policy: Policy) -> Failure? {
        do {
            _ = try MachineSpecification(shape: self, policy: policy)
            return nil
        } catch {
            return error
        }
    }
}
