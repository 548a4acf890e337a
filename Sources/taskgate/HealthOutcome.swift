internal import Addresses
internal import Documents
internal import GatewaySettings

/// What became of the question whether a gateway is ready: one line that ends with what to do next.
enum HealthOutcome: Error, CustomStringConvertible {
    case answered(status: Int, ListenAddress)
    case answeredOtherwise(ListenAddress)
    case withoutTLS(ListenAddress)
    case wantsCertificate(ListenAddress)
    case unreachable(ListenAddress)
    case forbidden(ListenAddress)
    case late(ListenAddress, timeout: Duration)
    case unreadable(file: String)
    case mistaken([DocumentFault])
    case anyPort(file: String)

    var isReady: Bool {
        if case .answered(status: 200, _) = self { return true }
        return false
    }

    var description: String {
        switch self {
        case .answered(status: 200, let address):
            "ready: the gateway at \(address) takes calls"
        case .answered(status: 503, let address):
            "not ready: the gateway at \(address) is starting or about to stop; ask again, or read its log"
        case .answered(let status, let address):
            "not ready: \(address) answered \(status) to /readyz, which no gateway does; name its address with --address"
        case .answeredOtherwise(let address):
            "not ready: what listens at \(address) does not speak HTTP; name the gateway's address with --address, "
                + "and add --tls where it speaks TLS"
        case .withoutTLS(let address):
            "not ready: there is no TLS with what listens at \(address): it does not speak it, or wants a certificate; "
                + "name the gateway's address with --address"
        case .wantsCertificate(let address):
            "not known: the gateway at \(address) lets in nobody without a certificate (\"client_ca\"), and this command "
                + "has none; give it \"metrics_listen\", and ask there"
        case .unreachable(let address):
            "not ready: nothing answers at \(address); start the gateway, or name its address with --address"
        case .forbidden(let address):
            "not known: this user may not open \(address); ask as the user that the gateway runs as"
        case .late(let address, let timeout):
            "not ready: \(address) gave no answer within \(timeout); read its log, or wait longer with --timeout"
        case .unreadable(let file):
            "not known: \(file) cannot be read; name the file with --config, or the gateway's address with --address"
        case .mistaken(let faults):
            "not known: \(faults.first.map { "\($0)" } ?? "the configuration cannot be read")"
                + (faults.count > 1 ? " (and \(faults.count - 1) more)" : "")
                + "; correct the file, or name the gateway's address with --address"
        case .anyPort(let file):
            "not known: \(file) lets the gateway take any free port; name the one that it took with --address"
        }
    }
}
