import TaskModel
import Testing

@Suite struct `Digits of base 16` {
    @Test(
        arguments: [
            (0, "0000000000000000"), (.max, "ffffffffffffffff"), (0x0123_4567_89ab_cdef, "0123456789abcdef"),
            (0xfedc_ba98_7654_3210, "fedcba9876543210"), (0x9a, "000000000000009a"), (1 << 63, "8000000000000000"),
        ] as [(UInt64, String)]
    )
    func `are sixteen, in lower case, the highest first`(_ number: UInt64, _ text: String) {
        #expect(Hexadecimal.text(number) == text)
    }

    @Test func `are read in either case, and nothing else is`() {
        let read = (UInt8.min ... .max).filter { Hexadecimal.value($0) != nil }
        #expect(read == Array("0123456789ABCDEFabcdef".utf8))
        #expect("09afAF".utf8.map(Hexadecimal.value) == [0, 9, 10, 15, 10, 15])
    }
}
