internal import Documents

extension LimitSettings {
    mutating func read(_ object: inout DocumentObject) {
        calls = object.optional("calls")?.integer(in: 1...1_000_000) ?? calls
        object.integer("waiting", in: 0...1_000_000, into: &waiting)
        object.duration("waiting_time", in: .milliseconds(10) ... .seconds(300), into: &waitingTime)
        rate = object.optional("rate").flatMap { RateSettings(reading: $0) } ?? rate
        object.optional("breaker")?.object(into: &breaker) { $0.read(&$1) }
        repeatsReads = object.optional("repeat_reads")?.bool() ?? repeatsReads
    }
}

extension RateSettings {
    /// The rate that a key gives, or nil after a fault.
    init?(reading cursor: DocumentCursor) {
        let read: RateSettings? = cursor.object { object in
            let perSecond = object.required("per_second", "how many calls each second allows in the long run")
            let burst = object.optional("burst")?.integer(in: 1...100_000)
            return perSecond?.number(in: 0.01...100_000).map { RateSettings(perSecond: $0, burst: burst) }
        }
        guard let read else { return nil }
        self = read
    }
}

extension BreakerSettings {
    fileprivate mutating func read(_ object: inout DocumentObject) {
        object.duration("window", in: .seconds(1) ... .seconds(300), into: &window)
        object.integer("calls", in: 1...1_000_000, into: &calls)
        share = object.optional("share")?.number(in: 0.01...1) ?? share
        object.duration("pause", in: .milliseconds(100) ... .seconds(300), into: &pause)
    }
}
