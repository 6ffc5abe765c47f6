import SessionModel

extension DiskStoreConformance {
    /// Promises about disks that outlive their machines.
    static let kept = [
        Case(name: "A kept disk outlives its machine, and keeping it again does nothing") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            for _ in 0..<2 { try await subject.store.keepDisk(of: machine.id, session: subject.session) }
            try await subject.store.removeDisk(of: machine.id)
            try await subject.expectObserved([])
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
        },
        Case(name: "The disks that are kept of a session are removed, and no others") { subject in
            let machines = try (
                subject.machine(1), subject.machine(2), subject.machine(3, session: subject.otherSession),
            )
            for machine in [machines.0, machines.1, machines.2] {
                try await subject.store.makeDisk(for: machine)
                try await subject.store.keepDisk(of: machine.id, session: machine.session ?? subject.session)
                try await subject.store.removeDisk(of: machine.id)
            }
            guard Set(try await subject.store.sessionsWithKeptDisks()) == [subject.session, subject.otherSession] else {
                throw Broken(description: "the sessions with kept disks are not those")
            }
            for _ in 0..<2 { try await subject.store.removeKeptDisks(of: subject.session) }
            guard try await subject.store.sessionsWithKeptDisks() == [subject.otherSession] else {
                throw Broken(description: "the disks of the wrong session are there")
            }
            try await subject.store.keepDisk(of: machines.2.id, session: subject.otherSession)
        },
        Case(name: "A disk that never was cannot be kept") { subject in
            let machine = try subject.machine(1)
            try await subject.expectFailure(.notFound) {
                try await subject.store.keepDisk(of: machine.id, session: subject.session)
            }
        },
        Case(name: "A removed disk cannot be kept") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.expectFailure(.notFound) {
                try await subject.store.keepDisk(of: machine.id, session: subject.session)
            }
        },
        Case(name: "A disk cannot be kept for another session") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.expectFailure(.conflict) {
                try await subject.store.keepDisk(of: machine.id, session: subject.otherSession)
            }
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
        },
    ]
}
