/// Names and addresses of hosts, judged by their spelling alone.
package enum NetworkHost {
    /// Whether a host is this machine, however it is reached: `localhost`, `127.0.0.0/8` or `::1`.
    package static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || host == "::1" || octets(host)?.first == 127
    }

    /// The two sides of `host:port`, brackets of an IPv6 address removed; the port is nil where there is none.
    ///
    /// Nil where the text is neither.
    package static func split(_ text: some StringProtocol) -> (host: String, port: Int?)? {
        var host = text[...]
        var port: Int?
        if host.last != "]", let colon = host.lastIndex(of: ":") {
            guard let number = self.port(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = host[..<colon]
        }
        if host.first == "[" {
            guard host.last == "]" else { return nil }
            let address = String(host.dropFirst().dropLast())
            return isIPv6Address(address) ? (address, port) : nil
        }
        return isIPv4Address(String(host)) || isName(String(host)) ? (String(host), port) : nil
    }

    /// A host as it stands in front of a colon and a port.
    package static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }

    private static func port(_ text: some StringProtocol) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(isDigit), let port = Int(text), port <= 65_535
        else { return nil }
        return port
    }

    private static func isIPv4Address(_ text: String) -> Bool { octets(text) != nil }

    /// The four numbers of an IPv4 address in its one plain spelling.
    private static func octets(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard let octet = UInt8(part), String(octet) == part else { return nil }
            octets.append(octet)
        }
        return octets
    }

    /// Groups of up to four hexadecimal digits, eight of them or fewer around one `::`.
    private static func isIPv6Address(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        let groups = halves.map { $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false) }
        let count = groups.reduce(0) { $0 + $1.count }
        guard halves.count == 1 ? count == 8 : halves.count == 2 && count < 8 else { return false }
        return groups.joined().allSatisfy { (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy(isHexadecimalDigit) }
    }

    /// Labels of letters, digits, hyphens and underscores; the last one not of digits alone, which would be an address.
    private static func isName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, let last = labels.last, !last.utf8.allSatisfy(isDigit) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.last != UInt8(ascii: "-") && label.utf8.allSatisfy(isNameByte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
