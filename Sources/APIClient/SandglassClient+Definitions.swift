package import APIContract

extension SandglassClient {
    /// Whether the host can run sessions, and what would help.
    package func host() async throws -> HostReport { try await get(ServiceAddress.target(["host"])) }

    /// The labs of the catalogue.
    package func labs() async throws -> LabList { try await get(ServiceAddress.target(["labs"])) }

    /// One lab.
    package func lab(_ id: String) async throws -> LabResource { try await get(ServiceAddress.target(["labs", id])) }

    /// The policies.
    package func policies() async throws -> PolicyList { try await get(ServiceAddress.target(["policies"])) }

    /// One policy.
    package func policy(_ id: String) async throws -> PolicyResource {
        try await get(ServiceAddress.target(["policies", id]))
    }

    /// Looks a definition file through without keeping it.
    package func check(_ request: CheckDefinitionRequest) async throws -> CheckDefinitionResponse {
        try await post(ServiceAddress.target(["definitions", "check"]), request)
    }
}
