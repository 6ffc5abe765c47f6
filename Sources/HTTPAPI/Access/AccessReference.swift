import APIContract
import SessionModel

extension RouteReference {
    static let ofSignIn: [RouteReference] = [
        RouteReference(
            "POST sign-in",
            .signIn,
            "Signs in, for a browser.",
            takes: .json(SignInRequest.self),
            answers: [
                .json(SignInResource.self, "Who that is.", headers: ["Set-Cookie": "Tells who asks from now on."])
            ],
            fails: [.noCapacity],
            isOpen: true,
        ),
        RouteReference(
            "GET sign-in",
            .signIn,
            "Tells who asks.",
            answers: [.json(SignInResource.self, "Who that is.")],
        ),
        RouteReference(
            "DELETE sign-in",
            .signIn,
            "Signs out.",
            answers: [.done],
            isOpen: true,
        ),
        RouteReference(
            "PUT sign-in/password",
            .signIn,
            "Changes one's own password.",
            takes: .json(ChangePasswordRequest.self),
            answers: [.done],
            fails: [.notFound, .wrongState, .noCapacity],
        ),
        RouteReference(
            "POST links/look",
            .signIn,
            "Tells what a one-time link is for.",
            takes: .json(LinkLookRequest.self),
            answers: [.json(LinkPurposeResource.self, "What it does.")],
            fails: [.notFound],
            isOpen: true,
        ),
        RouteReference(
            "POST links/redemption",
            .signIn,
            "Uses a one-time link: makes the first operator, or sets a password.",
            takes: .json(RedeemLinkRequest.self),
            answers: [.json(PersonResource.self, "Whose it was.")],
            fails: [.notFound, .conflict, .wrongState, .noCapacity],
            isOpen: true,
        ),
    ]

    static let ofPeople: [RouteReference] = [
        RouteReference(
            "POST people",
            .people,
            "Makes an account.",
            [.idempotencyKey],
            takes: .json(CreatePersonRequest.self),
            answers: [.created(PersonResource.self, headers: tag)],
            fails: [.conflict],
        ),
        RouteReference(
            "GET people",
            .people,
            "Lists people, newest first.",
            [.cursor, .limit],
            answers: [.json(PersonList.self, "One page.")],
            fails: [.forbidden],
        ),
        RouteReference(
            "GET people/{id}",
            .people,
            "Shows an account.",
            [.ifNoneMatch],
            answers: [.json(PersonResource.self, "The account.", headers: tag), .unchanged(headers: tag)],
            fails: [.forbidden],
        ),
        RouteReference(
            "PATCH people/{id}",
            .people,
            "Changes an account.",
            [.ifMatch],
            takes: .json(ChangePersonRequest.self),
            answers: [.json(PersonResource.self, "The account as it is now.", headers: tag)],
            fails: [.conflict, .wrongState, .preconditionFailed],
        ),
        RouteReference("DELETE people/{id}", .people, "Erases a person.", answers: [.done]),
        RouteReference(
            "POST people/{id}/password-link",
            .people,
            "Makes a link by which a person sets a password.",
            answers: [.json(OneTimeLinkResource.self, "The link.")],
            fails: [.wrongState],
        ),
        RouteReference(
            "POST people/{id}/sign-out",
            .people,
            "Ends all of a person's stays in browsers.",
            answers: [.done],
        ),
        RouteReference(
            "GET people/{id}/tokens",
            .people,
            "Lists a person's tokens, newest first.",
            answers: [.json(TokenList.self, "All of them.")],
            fails: [.forbidden],
        ),
        RouteReference(
            "POST people/{id}/tokens",
            .people,
            "Issues a token.",
            [.idempotencyKey],
            takes: .json(IssueTokenRequest.self),
            answers: [.created(IssuedTokenResource.self)],
            fails: [.wrongState, .noCapacity, .alreadyMade],
        ),
        RouteReference("DELETE tokens/{id}", .people, "Revokes a token.", answers: [.done]),
        RouteReference(
            "GET audit",
            .people,
            "Tells who did what, newest first.",
            [.query("before", .integer(1...), "`next` of the page before."), .limit],
            answers: [.json(AuditList.self, "One page.")],
            fails: [.forbidden],
        ),
    ]

    private static let tag = ["ETag": "Another one after every change."]
}
