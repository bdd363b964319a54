import Federation
import FoundationEssentials
import YAMLReader

/// Converts YAML nodes to values, and collects errors with line numbers.
struct NodeReader {
    private var findings = Findings()
    private var reported: [(line: Int, text: String)] = []

    /// The problems, with line numbers.
    ///
    /// Problems of the YAML structure come first, followed by at most 1000 problems of keys and values.
    var problems: [String] {
        findings.problems.map(Self.text) + reported.map { "\($0.line): \($0.text)" }
    }

    /// Returns the members of a YAML mapping; reports keys that are not in `known`.
    mutating func section(_ node: YAMLElement, _ known: [String]) -> [String: YAMLElement] {
        guard let found = node.members(&findings) else {
            report(node, "found \(node.found), want keys: \(known.joined(separator: ", "))")
            return [:]
        }
        var members: [String: YAMLElement] = [:]
        for (name, value) in found {
            if known.contains(name) {
                members[name] = value
            } else {
                let shown = VisibleText.oneLine(name, limit: 80)
                report(value, "unknown key \(shown); known: \(known.joined(separator: ", "))")
            }
        }
        return members
    }

    /// Returns the keys and values of a YAML mapping with arbitrary keys, in file order.
    mutating func entries(_ node: YAMLElement?) -> [(name: String, node: YAMLElement)] {
        guard let node else { return [] }
        guard let members = node.members(&findings) else {
            report(node, "found \(node.found), want names with their keys below")
            return []
        }
        return members.map { (name: $0.key, node: $0.element) }
    }

    /// Stores the value of a node in `target`; leaves `target` unchanged if the node is absent or invalid.
    mutating func read<Value>(
        _ node: YAMLElement?,
        into target: inout Value,
        _ parse: (inout NodeReader, YAMLElement) -> Value?
    ) {
        if let node, let value = parse(&self, node) { target = value }
    }

    /// Stores the value of a node in an optional `target`.
    mutating func read<Value>(
        _ node: YAMLElement?,
        into target: inout Value?,
        _ parse: (inout NodeReader, YAMLElement) -> Value?
    ) {
        if let node, let value = parse(&self, node) { target = value }
    }

    /// Reports an error at a node.
    mutating func report(_ node: YAMLElement, _ text: String) {
        guard reported.count < 1000 else { return }
        reported.append((Self.line(of: node.place), text))
    }

    static func text(of problem: YAMLProblem) -> String {
        "\(line(of: problem.place)): found \(problem.found), want \(problem.accepted)"
    }

    private static func line(of place: YAMLProblem.Place) -> Int {
        if case .file(let line, _) = place { line } else { 1 }
    }
}

extension NodeReader {
    /// Parses a scalar with `parse`; `want` describes the accepted values for error messages.
    mutating func scalar<Value>(_ node: YAMLElement, want: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = node.text, let value = parse(text) else {
            report(node, "found \(node.found), want \(want)")
            return nil
        }
        return value
    }

    mutating func text(_ node: YAMLElement) -> String? {
        scalar(node, want: "text") { $0 }
    }

    mutating func flag(_ node: YAMLElement) -> Bool? {
        scalar(node, want: "true or false") { ["true": true, "false": false][$0] }
    }

    mutating func whole(_ node: YAMLElement, in range: ClosedRange<Int>) -> Int? {
        scalar(node, want: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func number(_ node: YAMLElement, in range: ClosedRange<Double>) -> Double? {
        scalar(node, want: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func duration(_ node: YAMLElement) -> Duration? {
        scalar(node, want: "a duration such as 90s, 15m, 1h30m, 2d", DurationText.parse)
    }

    /// Returns a GUID in lower case.
    mutating func guid(_ node: YAMLElement) -> String? {
        scalar(node, want: "a GUID") { UUID(uuidString: $0)?.uuidString.lowercased() }
    }

    mutating func account(_ node: YAMLElement) -> String? {
        scalar(node, want: "an account's twelve digits, quoted") {
            $0.wholeMatch(of: /\d{12}/) == nil ? nil : $0
        }
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ node: YAMLElement) -> Value? {
        scalar(node, want: "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))") {
            Value(rawValue: $0)
        }
    }

    mutating func choices<Value: RawRepresentable<String> & CaseIterable>(_ node: YAMLElement) -> [Value]? {
        list(node)?.compactMap { choice($0) }
    }

    mutating func texts(_ node: YAMLElement) -> [String]? {
        list(node)?.compactMap { text($0) }
    }

    mutating func list(_ node: YAMLElement) -> [YAMLElement]? {
        guard let items = node.items else {
            report(node, "found \(node.found), want a list")
            return nil
        }
        return items
    }
}
