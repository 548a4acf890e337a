/// What a room has counted, for whoever shows it.
package protocol MetricsSource: Sendable {
    /// Writes its families, each once.
    func write(to text: inout MetricsText)
}

/// The exposition of metrics in Prometheus' text format, version 0.0.4.
///
/// Families are written one after the other, each with all of its samples: so wants the format.
package struct MetricsText: Sendable {
    /// The media type of the text.
    package static let mediaType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package typealias Labels = KeyValuePairs<StaticString, String>

    /// The text so far.
    package private(set) var bytes: [UInt8] = []
    private var name: StaticString = ""

    package init() {
        bytes.reserveCapacity(16 << 10)
    }

    /// All that the sources have counted.
    package static func of(_ sources: [any MetricsSource]) -> [UInt8] {
        var text = MetricsText()
        for source in sources { source.write(to: &text) }
        return text.bytes
    }

    /// Begins a family; `help` is a sentence for people.
    package mutating func family(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        self.name = name
        append("# HELP ")
        append(name)
        append(" ")
        append(help)
        append("\n# TYPE ")
        append(name)
        append(" ")
        append(kind.rawValue)
        append("\n")
    }

    /// A family of one sample without labels.
    package mutating func single(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ value: Int) {
        family(name, kind, help)
        sample([:], value)
    }

    /// One value of the family.
    package mutating func sample(_ labels: Labels, _ value: Int) {
        write(labels, value: String(value))
    }

    /// One value of the family.
    package mutating func sample(_ labels: Labels, _ value: Double) {
        write(labels, value: Self.text(value))
    }

    /// One histogram of the family.
    package mutating func histogram(_ labels: Labels, _ reading: Histogram.Reading) {
        for (index, count) in reading.cumulative.enumerated() {
            let bound = index < Histogram.bounds.count ? Self.text(Histogram.bounds[index]) : "+Inf"
            write(labels, suffix: "_bucket", bound: bound, value: String(count))
        }
        write(labels, suffix: "_sum", value: Self.text(reading.sum))
        write(labels, suffix: "_count", value: String(reading.count))
    }

    private mutating func write(_ labels: Labels, suffix: StaticString = "", bound: String? = nil, value: String) {
        append(name)
        append(suffix)
        if !labels.isEmpty || bound != nil {
            append("{")
            var isFirst = true
            for (name, value) in labels {
                if !isFirst { append(",") }
                isFirst = false
                append(name)
                append("=\"")
                append(escaping: value)
                append("\"")
            }
            if let bound {
                append(isFirst ? "le=\"" : ",le=\"")
                append(bound)
                append("\"")
            }
            append("}")
        }
        append(" ")
        append(value)
        append("\n")
    }

    /// The shortest digits that mean the number, as the format takes them: Go's spelling of what is no number.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private mutating func append(escaping text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\n"): append("\\n")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
