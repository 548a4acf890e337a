/// Bounds the calls that are made again: at most one for ten that were made for the first time.
///
/// What is not used is kept up to a small sum, so that a provider that fails all of a sudden is not asked twice by
/// everybody at once.
struct RetryBudget: Sendable {
    /// In tenths of a call.
    private var tenths = 10
    private static let mostTenths = 100

    mutating func earned() { tenths = min(tenths + 1, Self.mostTenths) }

    /// Takes one more call out of the budget, if it is there.
    mutating func spend() -> Bool {
        guard tenths >= 10 else { return false }
        tenths -= 10
        return true
    }
}
