internal import Synchronization

/// Numbers that tell requests apart: each differs from all others of this process, and starts are apart by chance.
///
/// The system's own randomness costs a system call each time. These numbers keep no secret, so they are only mixed
/// (SplitMix64 of Steele, Lea and Flood, 2014), from a start that is random.
final class RequestNumbers: Sendable {
    private let last = Atomic(UInt64.random(in: .min ... .max))

    func next() -> UInt64 {
        var number = last.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        number = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ number >> 27) &* 0x94d0_49bb_1331_11eb
        return number ^ number >> 31
    }
}
