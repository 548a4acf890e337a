package import JSON

/// One mistake in a file that a person wrote: where it is, what is wrong, and what would be right.
package struct DocumentFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file as the person named it.
    package let file: String
    /// Nil where the file cannot be read as JSON at all.
    package let place: JSONPointer?
    package let problem: String

    package init(file: String, place: JSONPointer?, problem: String) {
        self.file = file
        self.place = place
        self.problem = problem
    }

    package var description: String {
        guard let place else { return "\(file): \(problem)" }
        return "\(file)#\(place): \(problem)"
    }
}

/// All mistakes of one file, thrown together.
package struct DocumentFaults: Error, Sendable {
    package var faults: [DocumentFault]

    package init(_ faults: [DocumentFault]) {
        self.faults = faults
    }
}
