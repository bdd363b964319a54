/// One thing that is wrong, or doubtful, in the configuration: where, what was found, what is accepted.
package struct ConfigurationProblem: Hashable, Sendable {
    package let place: Place
    /// The keys that lead there: `mappings.audit.duration`; empty for the file as a whole.
    package let keyPath: String
    /// What was found, in a few words.
    package let found: String
    /// What would be right.
    package let accepted: String
    package let severity: Severity

    package init(
        place: Place,
        keyPath: String,
        found: String,
        accepted: String,
        severity: Severity = .error
    ) {
        self.place = place
        self.keyPath = keyPath
        self.found = found
        self.accepted = accepted
        self.severity = severity
    }

    /// Whether the configuration can be used all the same.
    package enum Severity: String, Hashable, Sendable {
        case error
        case warning
    }

    /// Where a value stands.
    package enum Place: Hashable, Sendable {
        /// Counted from 1, columns in Unicode scalars.
        case file(line: Int, column: Int)
        case environment(String)
        /// No single line of the file.
        case wholeFile
    }

    /// The same at another place.
    func at(_ place: Place) -> Self {
        Self(place: place, keyPath: keyPath, found: found, accepted: accepted, severity: severity)
    }

    /// One line: `config.yaml:12:5: mappings.audit.duration: found "5m"; accepted: 15m to 12h`.
    package func message(path: String) -> String {
        let prefix =
            switch place {
            case .file(let line, let column): "\(path):\(line):\(column): "
            case .environment(let name): "\(name): "
            case .wholeFile: "\(path): "
            }
        let mark = severity == .warning ? "warning: " : ""
        let subject = keyPath.isEmpty ? "" : "\(keyPath): "
        return "\(prefix)\(mark)\(subject)found \(found); accepted: \(accepted)"
    }
}

extension ConfigurationProblem: Comparable {
    /// In the order of the file, what stands elsewhere last.
    package static func < (left: Self, right: Self) -> Bool {
        left.order < right.order
    }

    private var order: (Int, Int, String) {
        switch place {
        case .wholeFile: (0, 0, keyPath)
        case .file(let line, let column): (line, column, keyPath)
        case .environment(let name): (.max, 0, name + keyPath)
        }
    }
}

/// Why a configuration cannot be used: everything that is wrong with it, in the order of the file.
package struct ConfigurationError: Error, Hashable, Sendable {
    /// The file, as it was named.
    package let path: String
    /// The errors, and the warnings among them; never empty.
    package let problems: [ConfigurationProblem]

    package init(path: String, problems: [ConfigurationProblem]) {
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
