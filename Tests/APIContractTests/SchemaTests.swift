import APIContract
import Foundation
import Testing

@Suite("What types declare of their shape")
struct SchemaTests {
    /// A type of the contract.
    struct Case: Sendable, CustomTestStringConvertible {
        let type: any Described.Type
        var testDescription: String { type.schemaName }
    }

    static let cases =
        ([
            SignInRequest.self, SignInResource.self, TokenResource.self, TokenList.self, IssueTokenRequest.self,
            IssuedTokenResource.self, AuditEntryResource.self, AuditList.self, NewLabResponse.self,
            ImportLabResponse.self, ImportLabResponse.Part.self, TaskResource.self, HintResource.self,
            HintRequest.self, StandingResource.self, CheckResultResource.self, CheckResultList.self,
            CollectedList.self, CollectedList.Archive.self, GradeRequest.self, CheckRequest.self,
            CheckProgressResource.self, ProgramMessage.Copy.self, ProgramMessage.Connect.self, LabResource.self,
            LabResource.Machine.self, LabList.self, PolicyResource.self, PolicyResource.Field.self, PolicyList.self,
            CheckDefinitionRequest.self, CheckDefinitionResponse.self, HostReport.self, HostReport.Finding.self,
            ImageResource.self, ImageList.self, BuildImageRequest.self, ImportImageRequest.self,
            ImageProgressResource.self, ImageGarbageResponse.self, LabDraftRequest.self, LabTestResource.self,
            LabTestSummary.self, LabTestProgressResource.self, PersonResource.self, PersonList.self,
            CreatePersonRequest.self, ChangePersonRequest.self, ChangePasswordRequest.self, OneTimeLinkResource.self,
            LinkLookRequest.self, LinkPurposeResource.self, RedeemLinkRequest.self, Problem.self,
            ProgramMessage.FromClient.self, ProgramMessage.FromServer.self, ProgramMessage.Request.self,
            ProgramMessage.End.self, RecordingList.self, RecordingResource.self, TranscriptLineResource.self,
            CommandList.self,
            CommandResource.self, CreateSessionRequest.self,
            ExtendSessionRequest.self, SessionResource.self, SessionResource.Detail.self, MachineResource.self,
            SessionList.self, EventResource.self, EventList.self, TerminalMessage.FromClient.self,
            TerminalMessage.FromServer.self, TerminalMessage.Output.self, TerminalMessage.Presence.self,
            TerminalMessage.WindowSize.self, VisitorList.self, VisitorResource.self, WarmList.self,
            WarmMachineResource.self, SnapshotResource.self,
            AddKeyRequest.self, SessionKeyResource.self, SessionKeyList.self, SSHAccessResource.self,
            SSHAccessResource.HostKey.self, KeyOffer.self, SessionWish.self,
            SnapshotResource.Detail.self, BuildWarmRequest.self, WarmProgressResource.self, WarmGarbageResponse.self,
            WebhookResource.self, WebhookList.self, CreateWebhookRequest.self, ChangeWebhookRequest.self,
            CreatedWebhookResource.self, WebhookDeliveryResource.self, WebhookDeliveryList.self,
        ] as [any Described.Type]).map(Case.init)

    @Test("Every type of the contract is among those that are looked at")
    func complete() throws {
        let declared = try ContractSources.codableStructs()
        #expect(declared == Set(Self.cases.map(\.testDescription)))
        #expect(Self.cases.count == declared.count, "each once")
    }

    @Test("A declared shape has the names, kinds and optionals that the type decodes", arguments: cases)
    func decoded(_ given: Case) throws {
        func differences<Value: Described>(_ type: Value.Type) throws -> [String] {
            let (_, found) = try Probe.decode(type, filling: true)
            return Value.schema.differences(from: found, at: Value.schemaName)
        }
        #expect(try differences(given.type) == [])
    }

    @Test(
        "What a type encodes has all declared names, and the required ones where nothing else is given",
        arguments: cases,
    )
    func encoded(_ given: Case) throws {
        func names<Value: Described>(_ type: Value.Type, filling isFilling: Bool) throws -> Set<String> {
            Set(try members(of: Probe.decode(type, filling: isFilling).0).keys)
        }
        let properties = given.type.schema.properties
        #expect(try names(given.type, filling: true) == Set(properties.map(\.name)))
        #expect(try names(given.type, filling: false) == Set(properties.filter(\.isRequired).map(\.name)))
    }

    @Test("JSON without what a shape requires is refused, and taken without anything else", arguments: cases)
    func required(_ given: Case) throws {
        func tried<Value: Described>(_ type: Value.Type) throws {
            let whole = try members(of: Probe.decode(type, filling: true).0)
            for property in type.schema.properties {
                let rest = try JSONSerialization.data(withJSONObject: whole.filter { $0.key != property.name })
                // What is wrong with it is told elsewhere.
                let isTaken = (try? JSONDecoder().decode(type, from: rest)) != nil
                #expect(isTaken != property.isRequired, "\(type.schemaName).\(property.name)")
            }
        }
        try tried(given.type)
    }

    @Test("A shape that differs from what is decoded is told, at the place where it does")
    func told() throws {
        struct Sample: Described {
            var count: UInt16
            var name: String?
            static let schema = Schema.object(
                .required("count", .integer(0...65_536)),
                .required("name", .string),
                .optional("extra", .array(.string)),
            )
        }
        let found = try Probe.decode(Sample.self, filling: true).1
        #expect(
            Sample.schema.differences(from: found, at: "Sample") == [
                "Sample.count: integer(from: Optional(0), through: Optional(65536)) is not what is decoded: "
                    + "integer(from: 0, through: 65535)",
                "Sample.name may be absent and is declared as required",
                "Sample.extra is declared and not decoded",
            ]
        )
        let missing = Schema.object(.required("count", .integer(0...1)))
        #expect(missing.differences(from: found, at: "Sample") == ["Sample.name is decoded and not declared"])
    }

    private func members(of value: some Encodable) throws -> [String: Any] {
        let data = try JSONEncoder().encode(value)
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
}

extension Schema {
    /// The values of an object; none of anything else.
    fileprivate var properties: [Property] {
        if case .object(let properties) = shape { properties } else { [] }
    }

    /// How it differs from what a type decodes.
    fileprivate func differences(from found: Found, at place: String) -> [String] {
        switch (shape, found) {
        case (.boolean, .boolean), (.number, .number), (.string, .string), (.choice, .string): return []
        case (.choice(let declared), .choice(let values)) where declared == values: return []
        // Whoever keeps to the declared bounds is decoded.
        case (.integer(let from, let through), .integer(let lowest, let highest))
        where from ?? .min >= lowest && through ?? .max <= highest:
            return []
        case (.array(let part), .array(let found)), (.map(let part), .map(let found)):
            return part.differences(from: found, at: "\(place)[]")
        case (.reference(let type), .reference(let name)) where type.schemaName == name: return []
        case (.object(let properties), .object(let fields)):
            let declared = properties.flatMap { property -> [String] in
                let place = "\(place).\(property.name)"
                guard let field = fields[property.name] else { return ["\(place) is declared and not decoded"] }
                guard field.isRequired == property.isRequired else {
                    return [
                        field.isRequired
                            ? "\(place) is required and is declared as optional"
                            : "\(place) may be absent and is declared as required"
                    ]
                }
                return property.schema.differences(from: field.value, at: place)
            }
            let names = Set(properties.map(\.name))
            return declared
                + fields.keys.sorted().filter { !names.contains($0) }.map {
                    "\(place).\($0) is decoded and not declared"
                }
        default: return ["\(place): \(shape) is not what is decoded: \(found)"]
        }
    }
}
