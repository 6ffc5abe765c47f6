package import APIContract

extension SandglassClient {
    /// The image catalogue.
    package func images() async throws -> ImageList { try await get(ServiceAddress.target(["images"])) }

    /// One image.
    package func image(_ id: String) async throws -> ImageResource {
        try await get(ServiceAddress.target(["images", id]))
    }

    /// Removes an image.
    ///
    /// The service refuses with `inUse` while anything stands on it.
    package func removeImage(_ id: String) async throws { try await delete(ServiceAddress.target(["images", id])) }

    /// Removes what interrupted builds and imports left.
    package func collectImageGarbage() async throws -> ImageGarbageResponse {
        try await post(ServiceAddress.target(["images", "gc"]))
    }

    /// Builds the recipe of that name.
    ///
    /// The work stops when nobody reads the lines any more.
    package func buildImage(_ id: String, _ request: BuildImageRequest = .init()) async throws -> ProgressFeed<
        ImageProgressResource
    > {
        try await progress(ServiceAddress.target(["images", id, "build"]), request)
    }

    /// Takes a disk file of the host into the catalogue.
    ///
    /// The work stops when nobody reads the lines any more.
    package func importImage(_ id: String, _ request: ImportImageRequest) async throws -> ProgressFeed<
        ImageProgressResource
    > {
        try await progress(ServiceAddress.target(["images", id, "import"]), request)
    }

    /// Compares an image with its recorded digests.
    package func verifyImage(_ id: String) async throws -> ProgressFeed<ImageProgressResource> {
        try await progress(ServiceAddress.target(["images", id, "verify"]), String?.none)
    }
}
