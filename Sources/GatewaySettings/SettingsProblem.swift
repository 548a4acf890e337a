/// What is wrong with one value of the configuration, in a sentence that says what would be right.
///
/// It never repeats a value that might be a credential.
package struct SettingsProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
