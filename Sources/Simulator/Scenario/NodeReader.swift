import Federation
import Foundation
import Yams

/// Converts YAML nodes into values and collects errors with their lines.
struct NodeReader {
    private(set) var problems: [String] = []

    /// Returns the members of a mapping; reports keys that are not in `known`.
    mutating func section(_ node: Node, _ known: [String]) -> [String: Node] {
        guard let mapping = node.mapping else {
            report(node, "found \(Self.shown(node)), want keys: \(known.joined(separator: ", "))")
            return [:]
        }
        var members: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if known.contains(name) {
                members[name] = value
            } else {
                report(key, "unknown key \(name); known: \(known.joined(separator: ", "))")
            }
        }
        return members
    }

    /// Returns the names and nodes of a mapping with free keys, in file order.
    mutating func entries(_ node: Node?) -> [(name: String, node: Node)] {
        guard let node else { return [] }
        guard let mapping = node.mapping else {
            report(node, "found \(Self.shown(node)), want names with their keys below")
            return []
        }
        return mapping.map { (name: $0.key.string ?? "", node: $0.value) }
    }

    /// Stores a node's value in `target`; keeps `target` if the node is absent or invalid.
    mutating func read<Value>(
        _ node: Node?,
        into target: inout Value,
        _ parse: (inout NodeReader, Node) -> Value?
    ) {
        if let node, let value = parse(&self, node) { target = value }
    }

    /// Stores a node's value in an optional `target`.
    mutating func read<Value>(
        _ node: Node?,
        into target: inout Value?,
        _ parse: (inout NodeReader, Node) -> Value?
    ) {
        if let node, let value = parse(&self, node) { target = value }
    }

    /// Reports an error at a node.
    mutating func report(_ node: Node, _ text: String) {
        problems.append("\(node.mark?.line ?? 1): \(text)")
    }

    private static func shown(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): "\"\(scalar.string)\""
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

extension NodeReader {
    /// Returns the value that `parse` makes of a scalar; `want` describes accepted values.
    mutating func scalar<Value>(_ node: Node, want: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = node.scalar?.string, let value = parse(text) else {
            report(node, "found \(Self.shown(node)), want \(want)")
            return nil
        }
        return value
    }

    mutating func text(_ node: Node) -> String? {
        scalar(node, want: "a text") { $0 }
    }

    mutating func flag(_ node: Node) -> Bool? {
        scalar(node, want: "true or false") { ["true": true, "false": false][$0] }
    }

    mutating func whole(_ node: Node, in range: ClosedRange<Int>) -> Int? {
        scalar(node, want: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func number(_ node: Node, in range: ClosedRange<Double>) -> Double? {
        scalar(node, want: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func duration(_ node: Node) -> Duration? {
        scalar(node, want: "a duration such as 90s, 15m, 1h30m, 2d", DurationText.parse)
    }

    /// Returns a GUID in lowercase.
    mutating func guid(_ node: Node) -> String? {
        scalar(node, want: "a GUID") { UUID(uuidString: $0)?.uuidString.lowercased() }
    }

    mutating func account(_ node: Node) -> String? {
        scalar(node, want: "an account's twelve digits, quoted") {
            $0.wholeMatch(of: /\d{12}/) == nil ? nil : $0
        }
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ node: Node) -> Value? {
        scalar(node, want: "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))") {
            Value(rawValue: $0)
        }
    }

    mutating func choices<Value: RawRepresentable<String> & CaseIterable>(_ node: Node) -> [Value]? {
        list(node)?.compactMap { choice($0) }
    }

    mutating func texts(_ node: Node) -> [String]? {
        list(node)?.compactMap { text($0) }
    }

    mutating func list(_ node: Node) -> [Node]? {
        guard let sequence = node.sequence else {
            report(node, "found \(Self.shown(node)), want a list")
            return nil
        }
        return Array(sequence)
    }
}
