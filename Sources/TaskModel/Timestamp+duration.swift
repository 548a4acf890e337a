extension Timestamp {
    /// The instant that is so much later, to the millisecond; the last that can be told where it is beyond that.
    package func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        let (milliseconds, isTooLate) =
            millisecondsSinceEpoch
            .addingReportingOverflow(whole + attoseconds / 1_000_000_000_000_000)
        guard !isTooLong, !isTooLate else { return Timestamp(millisecondsSinceEpoch: duration < .zero ? .min : .max) }
        return Timestamp(millisecondsSinceEpoch: milliseconds)
    }

    /// How long it is from `earlier` to this instant; negative where that is later.
    package func since(_ earlier: Timestamp) -> Duration {
        .milliseconds(millisecondsSinceEpoch - earlier.millisecondsSinceEpoch)
    }
}
