import APIContract
import Foundation
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("What let somebody in once", .timeLimit(.minutes(5)))
struct ReplayTests {
    private static let chief = Principal(person: PersonID("uid:0"), role: .operator)

    /// Ann, with everything that lets her in.
    private struct Keys {
        let account: Account
        let token: String
        let cookie: String
        let csrf: String

        /// Whatever one can try with them, and what is answered to it.
        func tried(_ served: ServedAPI) async throws -> [Int] {
            let page = ["cookie": cookie, "origin": "https://localhost", "x-csrf-token": csrf]
            let offer = HTTPAnswer.webSocketOffer.merging(["origin": "https://localhost", "cookie": cookie]) { $1 }
            let socket = "/api/v1/sessions/abcdefghij/terminals"
            return [
                try await served.web("GET", "/api/v1/sessions", token: token).status,
                try await served.web("POST", "/api/v1/sessions", #"{"lab":"first-steps"}"#, token: token).status,
                try await served.web("GET", "/api/v1/sessions", headers: page).status,
                try await served.web("POST", "/api/v1/sessions", #"{"lab":"first-steps"}"#, headers: page).status,
                try await served.web("GET", socket, headers: offer).status,
            ]
        }

        static let good = [200, 201, 200, 201, 404]
        static let bad = [401, 401, 401, 401, 401]
        static let tokenAlone = [200, 201, 401, 401, 401]
        static let cookieAlone = [401, 401, 200, 201, 404]
    }

    private static func keys(_ served: ServedAPI) async throws -> Keys {
        let (account, token) = try await served.person("ann", .trainee)
        let (cookie, csrf) = try await served.signIn("ann")
        return Keys(account: account, token: token.secret, cookie: cookie, csrf: csrf)
    }

    @Test("A sign-in that is over is over for its cookie, wherever it was copied to")
    func signedOut() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let ann = try await Self.keys(served)
            #expect(try await ann.tried(served) == Keys.good)
            let page = ["cookie": ann.cookie, "origin": "https://localhost", "x-csrf-token": ann.csrf]
            #expect(try await served.web("DELETE", "/api/v1/sign-in", headers: page).status == 204)
            #expect(try await ann.tried(served) == Keys.tokenAlone)
            // Nor does it sign anybody out, or end in an error, a second time.
            #expect(try await served.web("DELETE", "/api/v1/sign-in", headers: page).status == 204)
            // Who signs in again gets another one, and the old one stays what it is.
            let (again, _) = try await served.signIn("ann")
            #expect(again != ann.cookie)
            #expect(try await ann.tried(served) == Keys.tokenAlone)
        }
    }

    @Test("Tokens end with their hour and sign-ins with their week")
    func expired() async throws {
        let clock = ManualClock()
        try await ServedAPI.serving(onNetwork: true, clock: clock) { served in
            let ann = try await Self.keys(served)
            clock.advance(by: .seconds(3599))
            #expect(try await ann.tried(served) == Keys.good)
            clock.advance(by: .seconds(2))
            #expect(try await ann.tried(served) == Keys.cookieAlone)
            clock.advance(by: .seconds(7 * 86_400))
            #expect(try await ann.tried(served) == Keys.bad)
        }
    }

    @Test("Whoever is disabled, or erased, comes in by nothing that they have")
    func disabled() async throws {
        for change in ["disabled", "erased"] {
            try await ServedAPI.serving(onNetwork: true) { served in
                let ann = try await Self.keys(served)
                #expect(try await ann.tried(served) == Keys.good)
                let commands = AccountCommands(served.desk)
                if change == "disabled" {
                    _ = try await commands.change(
                        ann.account.id,
                        .init(state: .disabled),
                        by: Self.chief,
                        from: Origin(.local),
                    )
                } else {
                    try await commands.erase(ann.account.id, by: Self.chief, from: Origin(.local))
                }
                #expect(try await ann.tried(served) == Keys.bad, "\(change)")
                let body = #"{"login":"ann","password":"ann-password"}"#
                #expect(try await served.web("POST", "/api/v1/sign-in", body).status == 401, "\(change)")
            }
        }
    }

    @Test("What somebody has open ends when they would not be let in any more, and when they may do something else")
    func open() async throws {
        let patience = ConnectionPatience(trust: .milliseconds(100))
        try await ServedAPI.serving(onNetwork: true, patience: patience) { served in
            let ann = try await Self.keys(served)
            let session = try await served.readySession(of: ann.account.principal)
            let commands = AccountCommands(served.desk)
            let (terminal, events) = (
                "/api/v1/sessions/\(session.id)/terminals", "/api/v1/sessions/\(session.id)/events",
            )
            let page = ["cookie": ann.cookie, "origin": "https://localhost"]
            let changes: [() async throws -> Void] = [
                {
                    let other = AccountCommands.Change(roles: [.trainee, .author])
                    _ = try await commands.change(ann.account.id, other, by: Self.chief, from: Origin(.local))
                },
                { try await commands.signOutEverywhere(ann.account.id, by: Self.chief, from: Origin(.local)) },
            ]
            for (number, change) in changes.enumerated() {
                try await RawConnection.connected(toPort: served.port.value) { connection in
                    try await connection.ask("GET", terminal, "", HTTPAnswer.webSocketOffer.merging(page) { $1 })
                    #expect(try await connection.head() == 101)
                    try await connection.send(.binary, Array("hello\r".utf8))
                    try await connection.shown("you said hello")
                    try await RawConnection.connected(toPort: served.port.value) { other in
                        try await other.ask("GET", events, "", page.merging(["accept": "text/event-stream"]) { $1 })
                        #expect(try await other.head() == 200)
                        try await change()
                        // Both end by themselves.
                        _ = await other.rest()
                    }
                    _ = await connection.rest()
                }
                #expect(try await ann.tried(served).prefix(3) == (number == 0 ? [200, 201, 200] : [200, 201, 401]))
            }
        }
    }

    @Test("A page proves changes with what belongs to its own sign-in, and to no other")
    func mixed() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let ann = try await Self.keys(served)
            _ = try await served.person("bob", .trainee)
            let (_, older) = try await served.signIn("ann")
            let (_, bobs) = try await served.signIn("bob")
            for (csrf, status) in [(older, 403), (bobs, 403), (ann.csrf, 201)] {
                let page = ["cookie": ann.cookie, "origin": "https://localhost", "x-csrf-token": csrf]
                let answer = try await served.web("POST", "/api/v1/sessions", #"{"lab":"first-steps"}"#, headers: page)
                #expect(answer.status == status)
            }
            // A token that counts for nothing is not helped by a cookie that does.
            let both = ["cookie": ann.cookie, "authorization": "Bearer sgt_\(String(repeating: "x", count: 43))"]
            #expect(try await served.web("GET", "/api/v1/sessions", headers: both).status == 401)
        }
    }

    @Test("A link counts once, for a day, and until there is a newer one; a new password ends the sign-ins before it")
    func links() async throws {
        let clock = ManualClock()
        try await ServedAPI.serving(onNetwork: true, clock: clock) { served in
            let ann = try await Self.keys(served)
            func link() async throws -> String {
                try await AccountCommands(served.desk)
                    .passwordLink(for: ann.account.id, by: Self.chief, from: Origin(.local)).text
            }
            func redeem(_ link: String) async throws -> Int {
                let body = #"{"link":"\#(link)","password":"another-password"}"#
                return try await served.web("POST", "/api/v1/links/redemption", body).status
            }
            let (older, newer) = (try await link(), try await link())
            #expect(try await redeem(older) == 404)
            #expect(try await redeem(newer) == 200)
            #expect(try await redeem(newer) == 404)
            #expect(try await served.web("POST", "/api/v1/links/look", #"{"link":"\#(newer)"}"#).status == 404)
            #expect(try await served.web("GET", "/api/v1/sessions", headers: ["cookie": ann.cookie]).status == 401)
            let late = try await link()
            clock.advance(by: .seconds(24 * 3600 + 1))
            #expect(try await redeem(late) == 404)
        }
    }
}
