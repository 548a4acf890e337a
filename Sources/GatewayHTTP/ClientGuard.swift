internal import Clients
internal import TaskModel

/// The key that a connection was let in with last, so that it is not hashed for each request.
struct AcceptedKey: Sendable {
    /// The whole field, with its scheme.
    let authorization: Secret
    let account: ClientAccount
    /// In whose list the account stands: keys are given and taken while connections stay.
    let directory: ClientDirectory
}

/// A client that was let in, and what its rate leaves it.
struct Admission: Sendable {
    let account: ClientAccount
    let rate: RateStanding?

    var client: Client { account.client }
}

/// Lets clients in by their keys.
struct ClientGuard: Sendable {
    let directory: ClientDirectory

    /// The client that a request is from, counted against its rate, whether or not it is within it.
    ///
    /// `accepted` is what the connection remembers. Throws `unauthenticated`, in the same words for no key, for one that
    /// is malformed and for one that nobody has.
    func admit(_ request: ReceivedRequest, _ accepted: inout AcceptedKey?) throws(GatewayError) -> Admission {
        let account = try account(of: request, &accepted)
        return Admission(account: account, rate: directory.count(account))
    }

    private func account(
        of request: ReceivedRequest,
        _ accepted: inout AcceptedKey?
    ) throws(GatewayError) -> ClientAccount {
        guard request.fields.authorizationCount == 1, let authorization = request.fields.authorization else {
            throw Self.unauthenticated()
        }
        let field = authorization.reveal()
        if let accepted, accepted.directory === directory,
            ConstantTime.areEqual(accepted.authorization.reveal(), field)
        {
            return accepted.account
        }
        let account = field.withBytes { bytes in
            Self.key(in: bytes).flatMap {
                directory.account(withKey: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[$0])))
            }
        }
        guard let account else { throw Self.unauthenticated() }
        accepted = AcceptedKey(authorization: authorization, account: account, directory: directory)
        return account
    }

    /// Where the key stands behind `Bearer`, whose case does not count; nil for another scheme or nothing behind it.
    private static func key(in field: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        let scheme: StaticString = "bearer"
        let start = scheme.utf8CodeUnitCount
        guard field.count > start, field[start] == UInt8(ascii: " ") else { return nil }
        for index in 0..<start where field[index] | 0x20 != scheme.utf8Start[index] { return nil }
        var key = start..<field.count
        while let first = key.first, field[first] == UInt8(ascii: " ") { key = first + 1..<key.upperBound }
        // Space behind a field's value is no part of it.
        while let last = key.last, field[last] == UInt8(ascii: " ") || field[last] == UInt8(ascii: "\t") {
            key = key.lowerBound..<last
        }
        guard !key.isEmpty, field[key].allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        return key
    }

    private static func unauthenticated() -> GatewayError {
        GatewayError(
            .unauthenticated,
            "Send one key that this gateway knows, as Authorization: Bearer and the key; whoever runs the gateway gives keys."
        )
    }
}

extension Admission {
    /// Throws `rate_limited` for a request beyond the client's rate.
    func requireRate() throws(GatewayError) {
        guard let rate, !rate.isWithin else { return }
        throw GatewayError(
            .rateLimited,
            "\(client.name) sends more requests than it may: \(rate.quota) at once, and as many again every \(rate.window) s.",
            retryAfter: rate.wait
        )
    }

    /// Throws `forbidden` unless the client may do one of these, whatever it is done to.
    func require(_ permissions: ClientPermission...) throws(GatewayError) {
        guard !permissions.contains(where: client.may) else { return }
        throw GatewayError(
            .forbidden,
            "\(client.name) may not do this: it needs \(permissions.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))."
        )
    }
}
