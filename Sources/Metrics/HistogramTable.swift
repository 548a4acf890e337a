/// Histograms, found by two small numbers; each is made when it is needed first.
///
/// It is no generic type to its users: those would pay for that at each call.
package final class HistogramTable: Sendable {
    private let rows: MetricTable<MetricTable<Histogram>>

    package init(rows: Int, columns: Int) {
        self.rows = MetricTable(count: rows) { MetricTable(count: columns, make: Histogram.init) }
    }

    /// Counts one that took so many nanoseconds.
    package func add(row: Int, column: Int, nanoseconds: Int64) {
        rows[row][column].add(nanoseconds: nanoseconds)
    }

    /// What every histogram that was needed has counted, in the order of the numbers.
    package var readings: [(row: Int, column: Int, reading: Histogram.Reading)] {
        rows.needed.flatMap { row, columns in columns.needed.map { (row, $0.number, $0.metric.read()) } }
    }
}
