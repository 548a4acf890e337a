internal import Digests

/// All clients of a gateway, found by their keys.
package final class ClientDirectory: Sendable {
    private let accounts: [ClientAccount]
    private let uptime: @Sendable () -> Duration

    /// `uptime` is a clock that only goes forward, for the rates.
    ///
    /// A client that was the same in `previous` has what it had left of its rate there.
    package init(
        _ clients: [Client],
        after previous: ClientDirectory? = nil,
        uptime: @escaping @Sendable () -> Duration
    ) {
        let now = uptime()
        accounts = clients.map { client in
            previous?.accounts.first { $0.client == client } ?? ClientAccount(client, at: now)
        }
        self.uptime = uptime
    }

    /// The client that a key belongs to; nil for a key of nobody.
    ///
    /// Every client is compared, the one that was found and those behind it alike, so that the time tells nothing.
    package func account(withKey key: UnsafeRawBufferPointer) -> ClientAccount? {
        let digest = KeyDigest(of: key)
        // Counted from one.
        var found: UInt64 = 0
        for (index, account) in accounts.enumerated() {
            found |= account.client.keyDigest.mask(ifSameAs: digest) & UInt64(index + 1)
        }
        return found == 0 ? nil : accounts[Int(found) - 1]
    }

    /// Whether a client is among them, with its key and everything else as it was when the account was made.
    package func has(_ account: ClientAccount) -> Bool { accounts.contains { $0 === account } }

    /// Counts a request of a client; nil for one without a rate.
    package func count(_ account: ClientAccount) -> RateStanding? {
        account.client.rate == nil ? nil : account.count(at: uptime())
    }
}
