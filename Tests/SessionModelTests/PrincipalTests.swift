import SessionModel
import TestKit
import Testing

@Suite("Who may do what")
struct PrincipalTests {
    private let person = PersonID("uid:1000")

    @Test(
        "Each role allows what its row says and nothing else",
        arguments: [
            (.operator, Permission.allCases), (.author, [.writeLabs, .findAssessments]),
            (.recruiter, [.findAssessments]), (.instructor, [.findAssessments]), (.trainee, []),
        ] as [(Role, [Permission])],
    )
    func roles(_ role: Role, _ allowed: [Permission]) {
        let principal = Principal(person: person, role: role)
        #expect(principal.permissions == Set(allowed))
        for permission in Permission.allCases {
            #expect(principal.may(permission) == allowed.contains(permission), "\(permission)")
        }
    }

    @Test("A token never has more than its person, whatever its scopes; a person has what any of their roles allows")
    func scopes() {
        let roles = Self.subsets(of: Role.allCases)
        #expect(roles.count == 32)
        var generator = SeededGenerator(seed: 1)
        let narrowings: [Set<Permission>?] =
            [nil, [], Set(Permission.allCases)]
            + (0..<200).map { _ in Set(Permission.allCases.filter { _ in Bool.random(using: &generator) }) }
        for roles in roles {
            let whole = Principal(person: person, roles: roles)
            for scopes in narrowings {
                let narrowed = Principal(person: person, roles: roles, scopes: scopes)
                #expect(narrowed.permissions.isSubset(of: whole.permissions))
                for permission in Permission.allCases {
                    let byRole = roles.contains { $0.permissions.contains(permission) }
                    let expected = byRole && (scopes == nil || scopes?.contains(permission) == true)
                    #expect(narrowed.may(permission) == expected)
                    #expect(narrowed.permissions.contains(permission) == expected)
                    #expect((Self.refusal(of: permission, to: narrowed) == nil) == expected)
                }
            }
        }
    }

    @Test("Every permission is somebody's, and who lacks it is told whose")
    func refusals() {
        for permission in Permission.allCases {
            #expect(Role.operator.permissions.contains(permission))
            let refusal = Self.refusal(of: permission, to: Principal(person: person, role: .trainee))
            #expect(refusal?.code == .forbidden)
            #expect(refusal?.message.hasPrefix("only operators") == true)
            let token = Principal(person: person, roles: [.operator], scopes: [])
            #expect(Self.refusal(of: permission, to: token)?.message.contains("this token") == true)
        }
        let refusal = Self.refusal(of: .writeLabs, to: Principal(person: person, role: .recruiter))
        #expect(refusal?.message == "only operators and authors may write labs and see what checks say")
    }

    @Test("Sessions are open to their person and to those who supervise them, however narrow a token is")
    func sessions() {
        let other = PersonID("uid:1001")
        for role in Role.allCases {
            let narrow = Principal(person: person, roles: [role], scopes: [])
            #expect(narrow.mayUseSessions(of: person))
            #expect(!narrow.mayUseSessions(of: other))
            #expect(Principal(person: person, role: role).mayUseSessions(of: other) == (role == .operator))
        }
    }

    private static func refusal(of permission: Permission, to principal: Principal) -> Failure? {
        do {
            try principal.require(permission)
            return nil
        } catch {
            return error
        }
    }

    private static func subsets(of roles: [Role]) -> [Set<Role>] {
        (0..<(1 << roles.count)).map { bits in
            Set(roles.enumerated().filter { bits & (1 << $0.offset) != 0 }.map(\.element))
        }
    }
}
