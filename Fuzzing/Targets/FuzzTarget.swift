/// A part of the program that takes bytes from outside, and what must hold for whatever bytes.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case taskID = "task-id"
    case json
    case definition
    case configuration
    case request
    case answer

    /// Gives the bytes to the part.
    ///
    /// Throws a `Finding` where something does not hold; where the program ends, that is a finding, too.
    package func run(_ bytes: [UInt8]) throws {
        switch self {
        case .taskID: try TaskIDTarget.run(bytes)
        case .json: try JSONTarget.run(bytes)
        case .definition: try DefinitionTarget.run(bytes)
        case .configuration: try ConfigurationTarget.run(bytes)
        case .request: try RequestTarget.run(bytes)
        case .answer: try AnswerTarget.run(bytes)
        }
    }
}

/// Something that must hold for any bytes, and did not.
package struct Finding: Error, CustomStringConvertible {
    package let description: String

    /// Throws unless the condition holds.
    static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(Finding) {
        if !condition { throw Finding(description: description()) }
    }
}
