import YAMLReader

/// A configuration value in effect, with its origin.
package struct Setting: Hashable, Sendable {
    /// The path of keys to the value (for example, `mappings`, `audit`, `duration`).
    package let keys: [String]
    /// The value in the notation of the file (the file may contain `60m` for `1h`).
    package let text: String
    package let origin: Origin

    package init(keys: [String], text: String, origin: Origin) {
        self.keys = keys
        self.text = text
        self.origin = origin
    }

    /// The origin of a value.
    package enum Origin: Hashable, Sendable {
        /// The file outside `defaults:`, at the given line.
        case file(line: Int)
        /// `defaults:`, at the given line.
        case defaults(line: Int)
        case environment(String)
        case builtIn
        /// Derived from another value (for example, `from cloud: china`).
        case derived(String)

        init(_ element: YAMLElement, isInherited: Bool) {
            switch element.place {
            case .file(let line, _): self = isInherited ? .defaults(line: line) : .file(line: line)
            case .environment(let name): self = .environment(name)
            case .wholeFile: self = .builtIn
            }
        }
    }
}

extension Setting.Origin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let line): "line \(line)"
        case .defaults(let line): "defaults, line \(line)"
        case .environment(let name): "environment, \(name)"
        case .builtIn: "built-in"
        case .derived(let origin): origin
        }
    }
}
