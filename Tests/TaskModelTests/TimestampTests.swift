import TaskModel
import Testing

@Suite struct `A timestamp` {
    @Test(arguments: [
        ("2024-01-15T10:00:00.000Z", "2024-01-15T10:00:00.000Z"),
        ("2025-12-21T10:15:30Z", "2025-12-21T10:15:30.000Z"),
        ("2026-05-13T10:12:04.123456Z", "2026-05-13T10:12:04.123Z"),
        ("2026-05-13T10:12:04.1Z", "2026-05-13T10:12:04.100Z"),
        ("2026-05-13T10:12:04.123456+00:00", "2026-05-13T10:12:04.123Z"),
        ("2026-05-13T12:12:04+02:00", "2026-05-13T10:12:04.000Z"),
        ("2026-05-13T00:12:04-0530", "2026-05-13T05:42:04.000Z"),
        ("2026-05-13T10:12:04", "2026-05-13T10:12:04.000Z"),
        ("2026-05-13 10:12:04Z", "2026-05-13T10:12:04.000Z"),
        ("2024-02-29T23:59:60Z", "2024-02-29T23:59:59.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"), ("2024-01-15t10:00", "2024-01-15T10:00:00.000Z"),
        ("2024-01-15T10:00+01", "2024-01-15T09:00:00.000Z"), ("2024-01-15T10:00:07,25", "2024-01-15T10:00:07.250Z"),
    ])
    func `is read from what providers write, and shown in UTC with milliseconds`(_ text: String, _ shown: String) {
        #expect(Timestamp(text)?.description == shown)
    }

    @Test(arguments: [
        "", "2024", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-15T25:00:00Z", "2024-01-15T10:00:00.Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2024-01-15T10:00:00Zx", "2024-01-15T10:00:00+25:00",
        "2024-01-15T10:0", "2024-01-15T10:00:0", "2024-01-15T10:00:61Z", "2024-01-15T10:60Z", "2024-01-15_10:00Z",
        "2024-00-15T10:00Z", "2024-01-00T10:00Z", "2x24-01-15T10:00Z", "2024/01/15T10:00Z", "2024-01-15T10:00:00+1Z",
        "Jan 15 2024", "1705312800", "2024-01-15",
    ])
    func `is not made of what is not one`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `of any day that can be written is read as it was shown`() {
        // A step of some months, so that every day of the year and every time of the day comes up.
        let times = stride(
            from: Timestamp.writable.lowerBound,
            through: Timestamp.writable.upperBound,
            by: 8_765_432_101
        )
        let wrong = times.filter { time in
            let shown = Timestamp(millisecondsSinceEpoch: time).description
            return Timestamp(shown)?.millisecondsSinceEpoch != time
        }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, Int64.max])
    func `out of the years that can be written is shown as the nearest in them`(_ milliseconds: Int64) {
        let shown = Timestamp(millisecondsSinceEpoch: milliseconds).description
        #expect(shown == (milliseconds < 0 ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"))
    }

    @Test func `counts from the epoch`() {
        #expect(Timestamp("1970-01-01T00:00:00.001Z")?.millisecondsSinceEpoch == 1)
        #expect(Timestamp("2024-01-15T10:00:00Z")?.millisecondsSinceEpoch == 1_705_312_800_000)
    }
}

@Suite struct `A duration` {
    @Test(arguments: [
        ("250ms", 250), ("30s", 30000), ("15m", 900_000), ("2h", 7_200_000), ("30", 30000), ("1.5s", 1500), ("0", 0),
    ])
    func `is a number with a unit, and a bare number is seconds`(_ text: String, _ milliseconds: Int) {
        #expect(Duration(text: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "-1s", "1d", "1 s", ".5s", "5.s", "1e3", "99999999999999h", "\u{663}s"])
    func `is not made of what is not one`(_ text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test func `is rounded up to whole seconds`() {
        #expect(Duration.milliseconds(1).secondsRoundedUp == 1)
        #expect(Duration.seconds(2).secondsRoundedUp == 2)
        #expect(Duration.zero.secondsRoundedUp == 0)
    }
}

@Suite struct `A secret` {
    @Test func `shows that it is there, never what it is`() {
        let secret = Secret("bb_canary")
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!shown.contains("canary"))
        }
        #expect(secret.reveal() == "bb_canary")
    }
}
