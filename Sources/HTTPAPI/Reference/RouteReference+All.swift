import APIContract

extension RouteReference {
    /// All routes below ``root``.
    static let all: [RouteReference] =
        ofSessions + ofTerminals + ofMachines + ofChecks + ofRecordings + ofLabs + ofImages + ofWarm + ofSignIn
        + ofPeople + ofWebhooks + ofService

    private static let ofService: [RouteReference] = [
        RouteReference(
            "GET host",
            .host,
            "Tells whether the host can run sessions.",
            answers: [.json(HostReport.self, "What was looked at.")],
        ),
        RouteReference(
            "GET openapi.json",
            .host,
            "Tells all this to programs.",
            answers: [.bytes("application/json", "An OpenAPI 3.1 document.")],
            isOpen: true,
        ),
    ]
}
