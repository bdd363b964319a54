package import YAMLReader

/// The problems that make a configuration unusable, in the order of the file.
package struct ConfigurationError: Error, Hashable, Sendable {
    /// The file's name as given.
    package let path: String
    /// The errors and the warnings; never empty.
    package let problems: [YAMLProblem]

    package init(path: String, problems: [YAMLProblem]) {
        self.path = path
        self.problems = problems
    }

    /// One line for each problem.
    package var messages: [String] {
        problems.map { $0.message(path: path) }
    }
}

extension ConfigurationError: CustomStringConvertible {
    package var description: String {
        messages.joined(separator: "\n")
    }
}
