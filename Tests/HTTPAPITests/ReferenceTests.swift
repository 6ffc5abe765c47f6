import APIContract
import Foundation
import Hummingbird
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("The API's reference", .timeLimit(.minutes(2)))
struct ReferenceTests {
    @Test("Every route is described once, and every description has its route")
    func complete() async throws {
        try await ServedAPI.serving { served in
            let routes = served.api.router(LocalDoor(credentials: PeerCredentials(operators: []))).routes
                .map { "\($0)" }.filter { $0.contains(" \(RouteReference.root)") }
            #expect(RouteReference.all.map(\.name).sorted() == routes.sorted())
        }
    }

    @Test("What a query says and its route does not know is refused on every route, with what there is instead")
    func unknownQuery() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            for route in RouteReference.all {
                let path = route.path.replacing(/\{\w+\}/, with: "x")
                let answer = try await served.answer(route.method, "\(path)?limit=5&nope=1")
                #expect(answer.status == 422, "\(route.name)")
                let detail = try answer.problem().detail
                #expect(detail.contains("\"nope\""), "\(route.name)")
                let names = route.parameters.filter { $0.place == .query }.map(\.name)
                #expect(detail.contains("\"limit\"") == !names.contains("limit"), "\(route.name)")
                #expect(names.allSatisfy { detail.contains($0) }, "\(route.name)")
            }
            let lines = try await served.people.entries(before: nil, limit: 9).entries
            #expect(lines.isEmpty)
        }
        try await ServedAPI.serving(onNetwork: true) { served async throws in
            #expect(try await served.web("GET", "/api/v1/labs?nope=1").status == 401)
        }
    }

    @Test("A description says what a route does and what it answers, and what everything is that it takes")
    func said() {
        for route in RouteReference.all {
            #expect(route.summary.hasSuffix("."), "\(route.name)")
            #expect(
                !route.answers.isEmpty && route.answers.allSatisfy { $0.status < 300 || $0.status == 304 },
                "\(route.name)",
            )
            #expect(route.parameters.allSatisfy { $0.text.hasSuffix(".") }, "\(route.name)")
            #expect(Set(route.parameters.map(\.name)).count == route.parameters.count, "\(route.name)")
        }
        #expect(Set(RouteReference.all.map(\.group)) == Set(RouteReference.Group.allCases))
    }

    @Test("Anybody gets the document, and all that it refers to is in it")
    func document() async throws {
        let body = try await ServedAPI.served()
        let document = try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        #expect(Set(paths.keys) == Set(RouteReference.all.map(\.path)))
        let identifiers = paths.values.flatMap(\.values).compactMap {
            ($0 as? [String: Any])?["operationId"] as? String
        }
        #expect(identifiers.count == RouteReference.all.count && Set(identifiers).count == identifiers.count)
        let schemas = try #require((document["components"] as? [String: Any])?["schemas"] as? [String: Any])
        var names: Set<String> = []
        func visit(_ part: Any) {
            if let name = (part as? [String: Any])?["$ref"] as? String { names.insert(name) }
            (part as? [String: Any])?.values.forEach(visit)
            (part as? [Any])?.forEach(visit)
        }
        visit(document)
        #expect(names == Set(schemas.keys.map { "#/components/schemas/\($0)" }), "each is there and referred to")
    }

    @Test("What one of some texts is, is what the service knows", arguments: vocabulary)
    func words(_ given: Words) throws {
        guard case .object(let properties) = given.type.schema.shape else { throw Failure(.internal, "no object") }
        let schema = try #require(properties.first { $0.name == given.property }?.schema)
        var shape = schema.shape
        if case .array(let part) = shape { shape = part.shape }
        guard case .choice(let texts) = shape else { throw Failure(.internal, "\(shape) is no choice") }
        #expect(Set(texts) == Set(given.texts) && texts.count == given.texts.count)
    }

    /// A property that is one of some texts, and all texts that the service says or takes there.
    struct Words: Sendable, CustomTestStringConvertible {
        let type: any Described.Type
        let property: String
        let texts: [String]

        init<Value: CaseIterable & RawRepresentable<String>>(
            _ type: any Described.Type,
            _ property: String,
            _ values: Value.Type,
            and others: String...,
        ) {
            (self.type, self.property) = (type, property)
            texts = Value.allCases.map(\.rawValue) + others
        }

        var testDescription: String { "\(type.schemaName).\(property)" }
    }

    static let vocabulary: [Words] = [
        Words(PersonResource.self, "roles", Role.self),
        Words(CreatePersonRequest.self, "roles", Role.self),
        Words(IssueTokenRequest.self, "scopes", Permission.self),
        Words(SignInResource.self, "permissions", Permission.self),
        Words(PersonResource.self, "state", Account.State.self),
        Words(AuditEntryResource.self, "channel", Origin.Channel.self),
        Words(AuditEntryResource.self, "outcome", AuditRecord.Outcome.self),
        Words(SessionResource.self, "state", SessionState.Kind.self),
        Words(SessionResource.self, "reason", EndReason.self),
        Words(SessionResource.Detail.self, "acceleration", Acceleration.self),
        Words(SessionResource.Detail.self, "pause", Policy.TimeLimits.Pause.self),
        Words(StandingResource.self, "feedback", Feedback.self),
        Words(CheckResultResource.self, "verdict", Verdict.self),
        Words(CheckResultResource.self, "witness", CheckResult.Witness.self),
        Words(CheckResultResource.self, "occasion", CheckResult.Occasion.self),
        Words(GradeRequest.self, "edition", SessionCommands.Edition.self),
        Words(CheckDefinitionRequest.self, "kind", DefinitionKind.self),
        Words(ImageResource.self, "diskBus", Image.DiskBus.self),
        Words(ImageResource.self, "nicModel", Image.NICModel.self),
        Words(ImageResource.self, "console", Image.Console.self),
        Words(ImportImageRequest.self, "format", ImageImportOrder.Format.self),
        Words(ImportImageRequest.self, "firmware", ImageImportOrder.Firmware.self, and: "auto"),
        Words(LabTestResource.self, "test", LabTestResult.Kind.self),
        Words(RecordingResource.self, "state", SessionRecording.State.self),
        Words(WebhookDeliveryResource.self, "event", WebhookEvent.self),
    ]

    @Test("The table of routes for people is that of the descriptions")
    func page() throws {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/api.md")
        let text = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        let heading = "\n## Routes\n"
        let start = try #require(text.range(of: heading))
        let written = text[..<start.upperBound] + RouteTable.markdown
        if ProcessInfo.processInfo.environment["SANDGLASS_WRITE_SCHEMAS"] == "1" {
            try Data(written.utf8).write(to: file)
        }
        let stored = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        #expect(stored == written, "run this test with SANDGLASS_WRITE_SCHEMAS=1 to write the end of docs/api.md anew")
    }
}

extension ServedAPI {
    /// The document, as somebody gets it over the network whom nobody knows.
    fileprivate static func served() async throws -> Data {
        let body = Box(Data())
        try await serving(onNetwork: true) { served in
            let answer = try await served.web("GET", "/api/v1/openapi.json")
            #expect(answer.status == 200 && answer.headers("content-type") == ["application/json"])
            body.set(Data(answer.body.utf8))
        }
        return body.value
    }
}
