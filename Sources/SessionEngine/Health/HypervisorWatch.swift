import SessionModel

/// Finds out whether the hypervisor answers: once in two seconds, however many ask.
actor HypervisorWatch {
    /// How long an answer counts.
    static let validity: Duration = .seconds(2)
    /// How long the hypervisor may take to answer.
    static let patience: Duration = .seconds(5)

    private let hypervisor: any Hypervisor
    private let time: ServiceTime
    /// What was found last, and when, on the monotonic clock.
    private var known: (answers: Bool, at: Duration)?
    private var isLooking = false
    private var waiting: [CheckedContinuation<Bool, Never>] = []

    init(_ hypervisor: any Hypervisor, time: ServiceTime) {
        self.hypervisor = hypervisor
        self.time = time
    }

    /// Whether it answers; returns after ``patience`` at the latest.
    func answers() async -> Bool {
        if let known, time.monotonic(after: .zero) - known.at < Self.validity { return known.answers }
        if !isLooking { look() }
        return await withCheckedContinuation { waiting.append($0) }
    }

    /// Asks the hypervisor beside those who wait: one that hangs keeps nobody, and is not asked a second time.
    private func look() {
        isLooking = true
        let timer = Task {
            // nil: it has answered.
            while (try? await time.sleep(for: Self.patience)) != nil { settle(false) }
        }
        Task {
            // Why it does not answer is told by whoever needs it.
            let answers = (try? await hypervisor.observe()) != nil
            timer.cancel()
            isLooking = false
            settle(answers)
        }
    }

    private func settle(_ answers: Bool) {
        known = (answers, time.monotonic(after: .zero))
        for one in waiting { one.resume(returning: answers) }
        waiting = []
    }
}
