import Federation

/// An error or a warning about a value in a YAML file.
package struct YAMLProblem: Error, Hashable, Sendable {
    package let place: Place
    /// The path of keys to the value (`mappings.audit.duration`); empty for the file as a whole.
    package let keyPath: String
    package let found: String
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

    /// The severity; a file that has only warnings is usable.
    package enum Severity: String, Hashable, Sendable {
        case error
        case warning
    }

    /// The position of a value.
    package enum Place: Hashable, Sendable {
        /// A position in the file, counted from 1; columns count Unicode scalars.
        case file(line: Int, column: Int)
        case environment(String)
        case wholeFile
    }

    /// Formats the problem on one line: `config.yaml:12:5: defaults.duration: found "5m"; accepted: 15m to 12h`.
    package func message(path: String) -> String {
        let prefix =
            switch place {
            case .file(let line, let column): "\(path):\(line):\(column): "
            case .environment(let name): "\(name): "
            case .wholeFile: "\(path): "
            }
        let mark = severity == .warning ? "warning: " : ""
        let subject = keyPath.isEmpty ? "" : "\(VisibleText.oneLine(keyPath, limit: 200)): "
        return "\(prefix)\(mark)\(subject)found \(found); accepted: \(accepted)"
    }
}

extension YAMLProblem: Comparable {
    /// Orders problems: first the whole file, next positions in the file, last environment variables.
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
