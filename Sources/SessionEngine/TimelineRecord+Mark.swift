import SessionModel

extension TimelineRecord {
    /// What it is called on the time line of a recording; `nil` for what whoever replays one does not look for.
    var mark: String? {
        switch self {
        case .hinted(_, let task, let number): "hint \(number) of \(task)"
        case .reset: "reset"
        case .paused: "paused"
        case .resumed: "resumed"
        case .extended(let step): "extended by \(step.shortText)"
        case .finishing(let reason): "over: \(reason.rawValue)"
        case .requested, .queued, .admitted, .denied, .step, .ready, .entered, .attached, .detached, .exec, .copied,
            .forwarded, .keyAdded, .keyRemoved, .checked, .warned, .credited, .overridden, .coldBoot, .failed, .graded,
            .atRest, .collected,
            .diskKept, .sealed, .unrecorded, .removed, .regraded, .ended, .undone, .tornDown:
            nil
        }
    }
}
