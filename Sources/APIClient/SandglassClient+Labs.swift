package import APIContract

extension SandglassClient {
    /// Takes a draft's files in place of those it had.
    package func keepDraft(_ id: String, _ request: LabDraftRequest) async throws -> LabResource {
        try await put(ServiceAddress.target(["drafts", id]), request)
    }

    /// Shows of a lab, or of its draft, what must hold before it is published.
    ///
    /// The work stops when nobody reads the lines any more.
    package func testLab(_ id: String, draft: Bool) async throws -> ProgressFeed<LabTestProgressResource> {
        try await progress(ServiceAddress.target([draft ? "drafts" : "labs", id, "tests"]), String?.none)
    }

    /// Makes a draft that has passed its tests the lab of its name.
    package func publishDraft(_ id: String) async throws -> LabResource {
        try await post(ServiceAddress.target(["drafts", id, "publication"]))
    }
}
