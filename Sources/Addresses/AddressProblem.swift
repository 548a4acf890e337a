/// What is wrong with the text of an address, and what would be right.
package struct AddressProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
