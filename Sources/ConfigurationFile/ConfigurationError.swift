package import YAMLReader

/// The problems that make a configuration unusable, in file order.
package struct ConfigurationError: Error, Hashable, Sendable {
    /// The path of the file, as specified.
    package let path: String
    /// The errors and warnings; never empty.
    package let problems: [YAMLProblem]

    package init(path: String, problems: [YAMLProblem]) {
        self.path = path
        self.problems = problems
    }

    /// The problems, formatted as one line each.
    package var messages: [String] {
        problems.map { $0.message(path: path) }
    }
}

extension ConfigurationError: CustomStringConvertible {
    package var description: String {
        messages.joined(separator: "\n")
    }
}
