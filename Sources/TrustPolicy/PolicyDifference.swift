import Federation

/// A path at which two trust policies differ.
///
/// The comparison ignores `Id`, `Sid`, the order, and the letter case of actions and keys. A single value equals an
/// array of one value.
package struct PolicyDifference: Hashable, Sendable {
    /// For example, `Version`, `Statement[0].Condition.StringEquals.sts.windows.net/…/:sub`, or `Statement[2]`.
    package let path: String
    /// The values in the first policy; empty if the path is absent.
    package let old: [String]
    /// The values in the second policy; empty if the path is absent.
    package let new: [String]
}

extension TrustPolicy {
    /// Returns whether both policies have the same rules.
    package func isEquivalent(to other: TrustPolicy) -> Bool {
        differences(to: other).isEmpty
    }

    /// Returns the changes that turn this policy into `other`.
    package func differences(to other: TrustPolicy) -> [PolicyDifference] {
        var differences: [PolicyDifference] = []
        if version != other.version {
            differences.append(
                PolicyDifference(path: "Version", old: [version.rawValue], new: [other.version.rawValue])
            )
        }
        var unmatched: [[String: [String]]: Int] = [:]
        for statement in other.statements { unmatched[statement.meaning, default: 0] += 1 }
        var common = unmatched
        let left = statements.enumerated().filter { _, statement in
            guard let count = unmatched[statement.meaning], count > 0 else { return true }
            unmatched[statement.meaning] = count - 1
            return false
        }
        for (meaning, count) in unmatched { common[meaning, default: 0] -= count }
        let right = other.statements.filter { statement in
            guard let count = common[statement.meaning], count > 0 else { return true }
            common[statement.meaning] = count - 1
            return false
        }
        for ((index, old), new) in zip(left, right) {
            differences += old.differences(to: new, path: "Statement[\(index)]")
        }
        for (index, old) in left.dropFirst(right.count) {
            let text = old.document.compactText
            differences.append(PolicyDifference(path: "Statement[\(index)]", old: [text], new: []))
        }
        for (offset, new) in right.dropFirst(left.count).enumerated() {
            let path = "Statement[\(statements.count + offset)]"
            differences.append(PolicyDifference(path: path, old: [], new: [new.document.compactText]))
        }
        return differences
    }
}

extension TrustStatement {
    /// The sorted values in the statement, by path.
    fileprivate var meaning: [String: [String]] {
        var meaning = ["Effect": [effect.rawValue]]
        for (kind, principals) in principal.members {
            meaning["Principal.\(kind.rawValue)"] = Set(principals).sorted()
        }
        meaning[action.elementName] = Set(action.names.map { $0.lowercased() }).sorted()
        let tests = Dictionary(grouping: conditions) { "Condition.\($0.operator).\($0.foldedKey)" }
        for (path, tests) in tests {
            // Keys that differ only in letter case are the same key. All conditions on the key must pass.
            let values = tests.map { Set($0.values).sorted() }.sorted { $0.lexicographicallyPrecedes($1) }
            for (index, values) in values.enumerated() {
                meaning[index == 0 ? path : "\(path) (\(index + 1))"] = values
            }
        }
        return meaning
    }

    fileprivate func differences(to other: TrustStatement, path: String) -> [PolicyDifference] {
        let old = meaning
        let new = other.meaning
        return Set(old.keys).union(new.keys).sorted().compactMap { place in
            let old = old[place] ?? []
            let new = new[place] ?? []
            return old == new ? nil : PolicyDifference(path: "\(path).\(place)", old: old, new: new)
        }
    }
}
