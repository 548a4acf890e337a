package import GatewayTesting
internal import NIOCore

/// What the gateway answered.
package struct Answer: Sendable {
    package let raw: RawHTTPAnswer
    package let json: JSONValue

    package init(_ raw: RawHTTPAnswer) {
        self.raw = raw
        json = JSONValue(raw.body) ?? .missing
    }

    package var status: Int { raw.status }
    package var text: String { raw.text }
    package var code: String? { json["code"].string }
    package func header(_ name: String) -> String? { raw[name] }
    package subscript(_ key: String) -> JSONValue { json[key] }
    /// What became of the cancel.
    package var cancelState: String? { json["cancel"]["state"].string }

    /// Everything that came, for looking for what should not be there.
    package var everything: String {
        raw.statusLine + raw.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + raw.text
    }
}

/// An application that speaks to the gateway, on a connection of its own for each request.
package struct GatewayClient: Sendable {
    package enum Address: Sendable {
        case port(Int)
        case socket(String)
    }

    package let address: Address

    package init(address: Address) { self.address = address }

    package func connect() async throws -> RawHTTPClient {
        switch address {
        case .port(let port): try await .connect(port: port, patience: .seconds(60))
        case .socket(let path): try await .connect(unixSocket: path, patience: .seconds(60))
        }
    }

    package func send(
        _ method: String,
        _ target: String,
        body: String? = nil,
        headers: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.key == "Host" }) { head += "Host: localhost\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body {
            if !headers.contains(where: { $0.key == "Content-Type" }) { head += "Content-Type: application/json\r\n" }
            head += "Content-Length: \(body.utf8.count)\r\n"
        }
        return try await sendRaw(head + "\r\n" + (body ?? ""), toHead: method == "HEAD")
    }

    package func sendRaw(_ text: String, toHead: Bool = false) async throws -> Answer {
        let client = try await connect()
        do {
            // A server that refuses early may stop to listen before everything is sent.
            await client.trySend(text)
            let answer = try await client.answer(toHead: toHead)
            await client.close()
            return Answer(answer)
        } catch {
            await client.close()
            throw error
        }
    }

    package func get(_ target: String, headers: KeyValuePairs<String, String> = [:]) async throws -> Answer {
        try await send("GET", target, headers: headers)
    }

    /// Reads a task.
    package func task(_ provider: String, _ id: String, _ query: String = "") async throws -> Answer {
        try await get("/tasks/\(provider):\(id)\(query)")
    }

    /// Cancels a task.
    package func cancel(
        _ provider: String,
        _ id: String,
        _ query: String = "",
        body: String? = nil
    ) async throws -> Answer {
        try await send("POST", "/tasks/\(provider):\(id)/cancel\(query)", body: body)
    }
}
