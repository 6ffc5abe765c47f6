import SessionModel

/// Makes guessing passwords slow, without telling which logins there are: those that are nobody's count alike.
///
/// A browser in which the login's person has signed in before is counted by itself: what others guess elsewhere does not
/// keep the person out there, nor do they get further by what is tried there.
struct SignInThrottle: Sendable {
    /// How many failures of one login cost no wait.
    static let loginAllowance = 5
    /// How many failures from one address cost no wait: many people may be behind it.
    static let addressAllowance = 60

    private var logins = FailureLedger<Login>(allowance: loginAllowance)
    private var addresses = FailureLedger<String>(allowance: addressAllowance)
    private var browsers = FailureLedger<String>(allowance: loginAllowance)

    /// Lets an attempt be made, unless it has to wait.
    ///
    /// - Returns: How long it has to wait; `nil` when it may be made now. Then ``end(_:_:at:)`` must follow.
    mutating func begin(_ attempt: Attempt, at now: Duration) -> Duration? {
        if let browser = attempt.browser {
            let wait = browsers.wait(for: browser, at: now)
            if wait == .zero { browsers.begin(browser, at: now) }
            return wait == .zero ? nil : wait
        }
        let wait = max(
            attempt.login.map { logins.wait(for: $0, at: now) } ?? .zero,
            addresses.wait(for: attempt.address, at: now),
        )
        guard wait == .zero else { return wait }
        if let login = attempt.login { logins.begin(login, at: now) }
        addresses.begin(attempt.address, at: now)
        return nil
    }

    /// Takes up what came of an attempt.
    ///
    /// Success ends the wait for its login. Not for its address: somebody there has a password, and may guess others'.
    mutating func end(_ attempt: Attempt, _ outcome: Outcome, at now: Duration) {
        if let browser = attempt.browser {
            switch outcome {
            case .failed: browsers.fail(browser, at: now)
            case .succeeded, .unknown: browsers.leave(browser, forgiving: outcome == .succeeded)
            }
            return
        }
        switch outcome {
        case .failed:
            if let login = attempt.login { logins.fail(login, at: now) }
            addresses.fail(attempt.address, at: now)
        case .succeeded, .unknown:
            if let login = attempt.login { logins.leave(login, forgiving: outcome == .succeeded) }
            addresses.leave(attempt.address, forgiving: false)
        }
    }

    /// Somebody tries a password.
    struct Attempt: Sendable, Equatable {
        /// The login, where it could be one.
        var login: Login?
        /// From where: what is one subscriber's counts as one.
        var address: String
        /// The name of the browser, where the login's person has signed in with it before.
        var browser: String?
    }

    /// What came of it.
    enum Outcome: Sendable {
        case succeeded
        case failed
        /// Nobody has learned whether the password was right.
        case unknown
    }
}

/// How long to wait until it may be tried again; the cause of a ``Failure`` with `throttled`.
package struct RetryLater: Error, Equatable {
    /// How long.
    package let wait: Duration

    /// Makes it.
    package init(wait: Duration) { self.wait = wait }
}
