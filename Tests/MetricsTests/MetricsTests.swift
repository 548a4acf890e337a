import Metrics
import Testing

struct `Metrics` {
    private func text(_ write: (inout MetricsText) -> Void) -> String {
        var text = MetricsText()
        write(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test func `lose nothing that many threads count at once`() async {
        let counter = Counter()
        let table = MetricTable(count: 3, make: Histogram.init)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<1000 {
                        counter.add()
                        table[number % 2].add(nanoseconds: 1_000_000)
                    }
                }
            }
        }
        #expect(counter.value == 8000)
        #expect(table.needed.map { [$0.number, $0.metric.read().count] } == [[0, 4000], [1, 4000]])
    }

    @Test func `a bound belongs to its own bucket, and what is beyond all of them to the last`() {
        let histogram = Histogram()
        histogram.add(nanoseconds: -5)
        histogram.add(nanoseconds: 100_000)
        histogram.add(nanoseconds: 100_001)
        histogram.add(nanoseconds: 60_000_000_000)
        histogram.add(nanoseconds: .max / 4)
        let reading = histogram.read()
        #expect(reading.cumulative.count == Histogram.bounds.count + 1)
        #expect(reading.cumulative[0] == 2)
        #expect(reading.cumulative[1] == 3)
        #expect(reading.cumulative[Histogram.bounds.count - 1] == 4)
        #expect(reading.count == 5)
        #expect(reading.cumulative == reading.cumulative.sorted())
        #expect(Histogram.bounds == Histogram.bounds.sorted())
    }

    @Test func `a family is a help line, a type line and its samples`() {
        let shown = text { text in
            text.family("taskgate_circuit_state", .gauge, "The circuit.")
            text.sample(["provider": "xpander"], 2)
            text.sample(["provider": "qmail", "code": "a"], 0.25)
            text.single("up", .counter, "One.", 1)
        }
        #expect(
            shown == """
                # HELP taskgate_circuit_state The circuit.
                # TYPE taskgate_circuit_state gauge
                taskgate_circuit_state{provider="xpander"} 2
                taskgate_circuit_state{provider="qmail",code="a"} 0.25
                # HELP up One.
                # TYPE up counter
                up 1

                """
        )
    }

    @Test func `no label's value can end its line or its quotation marks`() {
        let shown = text { $0.sample(["name": "a\"b\\c\nd 1\n"], 1) }
        #expect(shown == #"{name="a\"b\\c\nd 1\n"} 1"# + "\n")
    }

    @Test func `a histogram shows each bound, the sum and the count`() {
        let histogram = Histogram()
        histogram.add(nanoseconds: 1_500_000)
        let shown = text { text in
            text.family("seconds", .histogram, "Time.")
            text.histogram(["route": "/x"], histogram.read())
            text.histogram([:], histogram.read())
        }
        .split(separator: "\n").map(String.init)
        #expect(shown.contains(#"seconds_bucket{route="/x",le="0.001"} 0"#))
        #expect(shown.contains(#"seconds_bucket{route="/x",le="0.0025"} 1"#))
        #expect(shown.contains(#"seconds_bucket{route="/x",le="+Inf"} 1"#))
        #expect(shown.contains(#"seconds_sum{route="/x"} 0.0015"#))
        #expect(shown.contains(#"seconds_count{route="/x"} 1"#))
        #expect(shown.contains(#"seconds_bucket{le="+Inf"} 1"#))
        #expect(shown.contains("seconds_count 1"))
    }

    @Test func `what is no number is spelled as the format spells it`() {
        let shown = text { text in
            text.sample(["a": ""], Double.nan)
            text.sample(["a": ""], Double.infinity)
            text.sample(["a": ""], -Double.infinity)
            text.sample(["a": ""], 0.00001)
        }
        #expect(shown == "{a=\"\"} NaN\n{a=\"\"} +Inf\n{a=\"\"} -Inf\n{a=\"\"} 1e-05\n")
    }
}
