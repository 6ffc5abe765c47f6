package import SessionModel

extension ImageStore {
    /// Builds the recipe of that name, or does nothing when that was done with the same recipe and the image is usable.
    ///
    /// - Parameters:
    ///   - id: The recipe's and the image's name.
    ///   - replacing: Whether an image of that name that was made otherwise gives way, unless something stands on it.
    ///   - progress: Hears of every step.
    /// - Returns: The image in place.
    /// - Throws: ``Failure`` with `conflict` (an image made otherwise is there, or it is being made), `inUse`,
    ///   `noCapacity`, `hostTool`, `hostUnfit`, `invalidDefinition`, `storage` or what looking up the recipe throws; or
    ///   `CancellationError`.
    package func build(
        _ id: ImageID,
        replacing: Bool,
        progress: @escaping ImageProgressHandler,
    ) async throws -> Image {
        let recipe = try await surroundings.recipe(id)
        try begin(id)
        defer { end(id) }
        let parts = recipe.hasAgent ? surroundings.guestParts : nil
        let digest = try await RecipeDigest.digest(of: recipe, with: parts)
        if FileTree.exists(layout.folder(of: id)) {
            let image = try await finished(id, digest: digest, replacing: replacing, progress: progress)
            if let image { return image }
        }
        return try await withoutDerivatives(of: id) {
            if FileTree.exists(layout.folder(of: id)) { try await refuseWhileNeeded(id) }
            return try await make(recipe, digest: digest, progress: progress)
        }
    }

    private func make(
        _ recipe: ImageRecipe,
        digest: String,
        progress: @escaping ImageProgressHandler,
    ) async throws -> Image {
        let id = recipe.id
        try await surroundings.room(recipe.diskSize)
        let draft = draft(of: id)
        do {
            try FileTree.remove(draft)
            let image = try await build(recipe, digest: digest, in: draft, progress: progress)
            try? FileTree.remove(draft)  // The image is in place; what is left goes with the next garbage collection.
            return image
        } catch {
            try? FileTree.remove(draft)  // The error at hand matters more; what is left goes likewise.
            throw error
        }
    }

    /// The image in place, when it need not be built again; `nil` when it may be replaced.
    private func finished(
        _ id: ImageID,
        digest: String,
        replacing: Bool,
        progress: @escaping ImageProgressHandler,
    ) async throws -> Image? {
        let record = try shelf.record(of: id)
        if record.recipeDigest == digest {
            let image = try shelf.looksUntouched(record) ? record.image : await verify(id, progress: progress)
            if image.health == .usable {
                await progress(ImageProgress(step: "already built", fraction: 1))
                return image
            }
        }
        guard replacing else {
            let difference = record.recipeDigest == digest ? "is out of service" : "was made from something else"
            throw Failure(
                .conflict,
                "the image \"\(id)\" is there and \(difference) (\(record.image.origin)); say that it is to be replaced",
            )
        }
        return nil
    }

    private func build(
        _ recipe: ImageRecipe,
        digest: String,
        in draft: String,
        progress: @escaping ImageProgressHandler,
    ) async throws -> Image {
        let output = "\(draft)/image"
        let work = "\(draft)/work"
        for folder in [draft, output, work] { try FileTree.makeFolder(folder, mode: 0o755) }
        try await makeDisk(recipe, work, output, progress)
        let description = Description(
            id: recipe.id,
            title: recipe.title.english,
            virtualSize: recipe.diskSize,
            boot: .kernel(commandLine: recipe.commandLine, hasInitrd: recipe.initrd != nil),
            console: recipe.console,
            health: recipe.console == .graphics ? .unusable("graphics") : .usable,
            origin: "recipe \(recipe.id), digest \(digest)",
            recipeDigest: digest,
        )
        let record = try await seal(output, description, progress: progress)
        try await publish(output, as: recipe.id)
        await progress(ImageProgress(step: "built", fraction: 1))
        return record.image
    }
}
