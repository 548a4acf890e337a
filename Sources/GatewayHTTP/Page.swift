internal import JSON

/// A part of a list, and where the next one begins.
struct Page<Entry: Sendable>: Sendable {
    private(set) var entries: [Entry]
    /// Nil where nothing follows.
    let next: PageCursor?

    /// Takes `limit` entries of those that were found, of which one more shows that the list goes on.
    init(_ found: [Entry], limit: Int, cursor: (Entry) -> PageCursor) {
        entries = Array(found.prefix(limit))
        next = found.count > limit ? entries.last.map(cursor) : nil
    }

    /// The same part without some of its entries.
    func filter(_ isMeant: (Entry) -> Bool) -> Page {
        var page = self
        page.entries = entries.filter(isMeant)
        return page
    }

    /// The answer with all entries and `next`.
    func answer(_ key: StaticString, _ write: (Entry, inout JSONWriter) -> Void) -> HTTPAnswer {
        var writer = JSONWriter(capacity: 64 + 768 * entries.count)
        writer.beginObject()
        writer.key(key)
        writer.beginArray()
        for entry in entries { write(entry, &writer) }
        writer.endArray()
        writer.key("next")
        writer.string(next?.text)
        writer.endObject()
        return HTTPAnswer(200, .json, .never, body: writer.bytes)
    }
}
