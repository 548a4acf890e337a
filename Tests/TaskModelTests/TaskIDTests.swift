import TaskModel
import Testing

@Suite struct `A task id` {
    private func id(_ native: String) -> TaskID { TaskID(provider: "cloud", native: native) }

    @Test func `is another one where one byte differs, however the text is spelt`() {
        #expect(id("9qQe2F8Z_nXx9-eJA0BD6") == id("9qQe2F8Z_nXx9-eJA0BD6"))
        #expect(id("9qQe2F8Z_nXx9-eJA0BD6") != id("9qQe2F8Z_nXx9-eJA0BD7"))
        #expect(id("a") != id("ab"))
        #expect(id("") == id(""))
        #expect(id("a") != TaskID(provider: "agent", native: "a"))
        // The same character to a reader, and to `String`.
        #expect(id("\u{e9}") != id("e\u{301}"))
    }
}
