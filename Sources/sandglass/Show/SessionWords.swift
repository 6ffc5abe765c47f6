import APIContract
import Foundation

/// Names of the API in words.
enum SessionWords {
    /// A session's state.
    static func state(_ session: SessionResource) -> String {
        let state =
            switch session.state {
            case "requested": session.queued ? "in the queue" : "asked for"
            case "preparing": "starting"
            case "running" where session.resetting: "being reset"
            case "finishing": "finishing"
            case "ended": "being removed"
            case "tornDown": "over"
            default: words(session.state)
            }
        return session.reason.map { "\(state): \(reason($0))" } ?? state
    }

    /// Why a session ended.
    static func reason(_ reason: String) -> String {
        switch reason {
        case "denied": "it was not admitted"
        case "startFailed": "it could not be started"
        case "neverEntered": "nobody entered in time"
        case "expired": "the time is over"
        case "idle": "nobody typed for too long"
        case "submitted": "submitted"
        case "stopped": "ended on request"
        case "guestPoweredOff": "the machine switched itself off"
        case "guestCrashed": "the machine crashed"
        case "fault": "a fault of the service or its host"
        default: words(reason)
        }
    }

    /// What the time does while a session is paused.
    static func pause(_ pause: String) -> String {
        switch pause {
        case "stops": "the time stands still"
        case "runs": "the time goes on"
        case "never": "it may not be paused"
        default: words(pause)
        }
    }

    /// How processors are provided.
    static func acceleration(_ acceleration: String) -> String {
        switch acceleration {
        case "kvm": "hardware virtualisation (KVM)"
        case "tcg": "software emulation (TCG): slow, and not a security boundary"
        default: acceleration
        }
    }

    /// A name like `diskKept` as words.
    static func words(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase && !text.isEmpty { text += " " }
            text += character.lowercased()
        }
    }

    /// The title in the person's language, else in English, else in any.
    static func title(_ titles: [String: String], environment: [String: String]? = nil) -> String {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let language = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy
            .compactMap { environment[$0] }.first { !$0.isEmpty }?
            .prefix { $0.isLetter }
        return language.flatMap { titles[String($0)] } ?? titles["en"] ?? titles.min { $0.key < $1.key }?.value ?? ""
    }

    /// An amount of MiB with a unit that suits it.
    static func size(mebibytes: Int64) -> String {
        mebibytes >= 1024 && mebibytes % 1024 == 0 ? "\(mebibytes / 1024) GiB" : "\(mebibytes) MiB"
    }
}
