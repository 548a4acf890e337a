/// The one time at which something is to happen, of all those that were asked for the earliest.
///
/// Timers of a `Timekeeper` cannot be taken back, so one that an earlier one took the place of still comes, and says
/// nothing: whoever acted on it and set the next would have two of them for ever, and more with each that is put first.
package struct Alarm: Sendable {
    private var time: Duration?

    package init() {}

    /// Asks for a time; whether a timer is to be set for it, which is so unless one comes before.
    package mutating func set(_ time: Duration) -> Bool {
        if let set = self.time, set <= time { return false }
        self.time = time
        return true
    }

    /// A timer came; whether it is the one that is meant.
    package mutating func comes(_ time: Duration) -> Bool {
        guard self.time == time else { return false }
        self.time = nil
        return true
    }
}
