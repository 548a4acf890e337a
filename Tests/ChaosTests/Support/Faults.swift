import Foundation
import GatewayTesting
import ProviderSimulator

extension Fault {
    /// Everything that goes wrong, in the order of the page.
    ///
    /// `canary` is another server, to which no redirect may lead.
    static func all(canary: String) -> [Fault] {
        connections + securities + requests + answers + messages + refusals + redirects(to: canary) + [flapping]
    }

    private static let connections = [
        Fault("connection refused", .unreached, .refused),
        Fault("the host's name does not resolve", .unreached, .unresolvable).secure.lasting,
        Fault("connections are never accepted", .unanswered, .unaccepted).takingTime,
        Fault("reset before the request is read", .closed, .opening([.reset])),
        Fault("closed before the request is read", .closed, .opening([.close])),
    ]

    private static let securities = [
        Fault("TLS: expired certificate", .unreached, .tls("expired")).secure,
        Fault("TLS: certificate of another host", .unreached, .tls("other-host")).secure,
        Fault("TLS: self-signed certificate", .unreached, .tls("self-signed")).secure,
        Fault("TLS: version 1.0 and no other", .unreached, .tls("old-version")).secure,
        Fault("TLS: closed in the handshake", .unreached, .opening([.pause(.milliseconds(20)), .close])).secure,
        Fault("TLS: the handshake is never answered", .unanswered, .opening([.hold(ScriptedGate())])).secure.takingTime,
        Fault("plain HTTP where TLS belongs", .unreached, .opening([.answer("{}"), .close])).secure,
    ]

    private static let requests = [
        Fault("reset after the request's head", .closed, .heading([.reset])),
        Fault("reset after the whole request", .closed, .instead([.reset])),
        Fault("closed after the whole request", .closed, .instead([.close])),
        Fault("black hole: the request is taken and never answered", .silent, .instead([])).takingTime,
    ]

    /// The provider did what it was asked for, and its answer comes to harm.
    private static let answers = [
        Fault(
            "reset in the answer's head",
            .cut,
            .answering { [.send("\($0.statusLine)\r\nContent-Ty"), .pause(.milliseconds(20)), .reset] }
        ),
        Fault(
            "closed in the answer's head",
            .cut,
            .answering { [.send("\($0.statusLine)\r\nContent-Ty"), .close] }
        ),
        Fault(
            "reset in the answer's body",
            .cut,
            .answering { [.answer($0, dropping: $0.body.count / 2), .pause(.milliseconds(20)), .reset] }
        ),
        Fault("closed in the answer's body", .cut, .answering { [.answer($0, dropping: $0.body.count / 2), .close] }),
        Fault(
            "`Content-Length` larger than the body",
            .cut,
            .answering { [.send(ScriptedStep.head($0, length: $0.body.count + 10)), .send($0.body), .close] }
        ),
        Fault(
            "chunked body without its end",
            .cut,
            .answering { answer in
                let head = ScriptedStep.head(answer, length: nil, more: "Transfer-Encoding: chunked\r\n")
                return [.send(head + String(answer.body.count, radix: 16) + "\r\n"), .send(answer.body), .close]
            }
        ),
        Fault(
            "two `Content-Length` that differ",
            .cut,
            .answering { answer in
                let more = "Content-Length: \(answer.body.count)\r\n"
                return [
                    .send(ScriptedStep.head(answer, length: answer.body.count + 1, more: more)), .send(answer.body),
                ]
            }
        ),
        Fault(
            "`Content-Length` smaller than the body",
            .uselessButDone,
            .answering { [.send(Array(ScriptedStep.head($0, length: $0.body.count / 2).utf8) + $0.body)] }
        ),
        Fault("JSON cut off in a whole message", .uselessButDone, .simulated(.truncatedJSON)),
        Fault(
            "one byte a second",
            .slow,
            .answering { answer in
                [.drip(Array(ScriptedStep.head(answer, length: answer.body.count).utf8), pause: .seconds(1))]
            }
        ).takingTime,
        Fault(
            "two `Content-Length` that are the same",
            .harmless,
            .answering { answer in
                let more = "Content-Length: \(answer.body.count)\r\n"
                return [.send(ScriptedStep.head(answer, length: answer.body.count, more: more)), .send(answer.body)]
            }
        ),
    ]

    /// Answers that a provider never gives.
    private static let messages = [
        Fault(
            "endless header",
            .unreadable,
            .instead([.send("HTTP/1.1 200 OK\r\n"), .endless(fill("X-Fill: ", "\r\n"))])
        ),
        Fault("endless header line", .unreadable, .instead([.send("HTTP/1.1 200 OK\r\nX: "), .endless(fill("", ""))])),
        Fault(
            "endless interim answers (1xx)",
            .unreadable,
            .instead([.endless(fill("HTTP/1.1 103 Hint\r\nX: ", "\r\n\r\n"))])
        ),
        Fault(
            "endless body",
            .unreadable,
            .instead([.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"status\": \""), .endless(fill("", ""))])
        ),
        Fault("garbage instead of HTTP", .unreadable, .instead([.send("SSH-2.0-OpenSSH_9.2\r\n"), .close])),
        Fault("gzip bomb", .unreadable, .simulated(.gzipBomb())),
        Fault("200 with a web page", .redirected, .simulated(.htmlPage)),
        Fault("200 without a body", .useless, .simulated(.emptyBody)),
        Fault("204", .useless, .simulated(.noContent)),
    ]

    private static let refusals =
        [
            Fault("500", .refused, .simulated(.answer(status: 500))),
            Fault("503 without `Retry-After`", .refusedForNow, .simulated(.answer(status: 503))),
            Fault("429 without `Retry-After`", .limited, .simulated(.answer(status: 429))),
        ]
        + [(429, FaultClass.limited), (503, .refused)].flatMap { status, group in
            [
                told(status, group, "in seconds", "2").retryAfter(.upTo(2)),
                told(status, group, "as a date", date(in: 300)).retryAfter(.upTo(300)).lasting,
                told(status, group, "in the past", date(in: -300)).retryAfter(.upTo(10)),
                told(status, group, "absurd", "99999999999999999999").retryAfter(.upTo(86_400)).lasting,
            ]
        }

    /// Not every second request, or each cancel would meet with the bad turn.
    private static let flapping = Fault(
        "flapping: one request in two, by chance, is closed without an answer, answered with 500, or its answer is cut off",
        .changeable,
        .sometimes([
            .instead([.close]),
            .instead([.answer(#"{"error": "again later"}"#, status: "500 Internal Server Error")]),
            .answering { [.answer($0, dropping: $0.body.count / 2), .close] },
        ])
    )

    private static func redirects(to place: String) -> [Fault] {
        [301, 302, 303, 307, 308].map {
            Fault("\($0) to another host", .redirected, .simulated(.redirect(to: "\(place)/elsewhere", status: $0)))
        }
    }

    private static func told(_ status: Int, _ group: FaultClass, _ how: String, _ value: String) -> Fault {
        let header = SimulatedHeader("Retry-After", value)
        return Fault("\(status), `Retry-After` \(how)", group, .simulated(.answer(status: status, headers: [header])))
    }

    private static func date(in seconds: Double) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: Date(timeIntervalSinceNow: seconds))
    }

    private static func fill(_ start: String, _ end: String) -> [UInt8] {
        Array(start.utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 1000) + Array(end.utf8)
    }
}
