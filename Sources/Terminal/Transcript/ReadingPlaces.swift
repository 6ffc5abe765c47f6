import SessionModel

/// Who reads at a desk of so many places, and since when they have taken nothing.
struct ReadingPlaces {
    /// Who sits at a place and can be sent away.
    protocol Sitter: AnyObject, Sendable {
        /// Lets go of what is read.
        func leave() async
    }

    private struct Place {
        let person: PersonID
        weak var sitter: (any Sitter)?
        /// Since when nothing is asked for; `nil` while something is.
        var idleSince: Duration?
    }

    private var places: [Int: Place] = [:]
    private var last = 0

    /// Takes a place for somebody, if need be that of who has taken nothing for longest.
    ///
    /// - Returns: Its number, and who lost it.
    /// - Throws: ``Failure`` with `throttled` when there is none.
    mutating func take(for person: PersonID, at now: Duration) throws -> (number: Int, gone: (any Sitter)?) {
        var gone: (any Sitter)?
        let own = places.filter { $0.value.person == person }
        if own.count >= ReadingDesk.placesEach {
            gone = try sendAway(own, now, "you read \(own.count) recordings already")
        } else if places.count >= ReadingDesk.places {
            gone = try sendAway(places, now, "\(places.count) recordings are being read already")
        }
        last += 1
        places[last] = Place(person: person, idleSince: now)
        return (last, gone)
    }

    private mutating func sendAway(_ some: [Int: Place], _ now: Duration, _ why: String) throws -> (any Sitter)? {
        let idle = some.compactMap { number, place in place.idleSince.map { (number, $0) } }
        guard let (number, since) = idle.min(by: { $0.1 < $1.1 }), now - since >= ReadingDesk.idleLimit else {
            throw Failure(.throttled, "\(why); ask again in a moment")
        }
        return places.removeValue(forKey: number)?.sitter
    }

    /// Somebody asks for more; returns whether the place is still theirs.
    mutating func reads(_ number: Int, _ sitter: any Sitter) -> Bool {
        guard places[number] != nil else { return false }
        places[number]?.sitter = sitter
        places[number]?.idleSince = nil
        return true
    }

    /// They have got it.
    mutating func rests(_ number: Int, at now: Duration) { places[number]?.idleSince = now }

    /// Somebody is gone.
    mutating func free(_ number: Int) { places[number] = nil }
}
