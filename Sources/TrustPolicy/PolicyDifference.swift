import Federation

/// A place at which two trust policies mean different things.
///
/// Policies are compared as IAM reads them: a lone value is an array of one, order does not matter, names of
/// actions and keys have no case, and `Id` and `Sid` decide nothing.
package struct PolicyDifference: Hashable, Sendable {
    /// `Version`, `Statement[0].Condition.StringEquals.sts.windows.net/…/:sub`, or `Statement[2]` for a whole one.
    package let path: String
    /// What the one policy has there; empty when it has nothing.
    package let old: [String]
    /// What the other has there.
    package let new: [String]
}

extension TrustPolicy {
    /// Whether both allow and deny the same by the same rules.
    package func isEquivalent(to other: TrustPolicy) -> Bool {
        differences(to: other).isEmpty
    }

    /// What would have to change for this policy to become `other`.
    package func differences(to other: TrustPolicy) -> [PolicyDifference] {
        var differences: [PolicyDifference] = []
        if version != other.version {
            differences.append(
                PolicyDifference(path: "Version", old: [version.rawValue], new: [other.version.rawValue])
            )
        }
        var left = statements.enumerated().map { ($0.offset, $0.element) }
        var right = other.statements
        for statement in statements {
            let meaning = statement.meaning
            guard let index = right.firstIndex(where: { $0.meaning == meaning }) else { continue }
            right.remove(at: index)
            left.remove(at: left.firstIndex { $0.1.meaning == meaning } ?? 0)
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
    /// What the statement says, place by place: path below the statement to sorted values.
    fileprivate var meaning: [String: [String]] {
        var meaning = ["Effect": [effect.rawValue]]
        for (kind, principals) in principal.members {
            meaning["\(principal.elementName).\(kind.rawValue)"] = Set(principals).sorted()
        }
        meaning[action.elementName] = Set(action.names.map { $0.lowercased() }).sorted()
        for condition in conditions {
            let path = "Condition.\(condition.operator).\(condition.foldedKey)"
            meaning[path] = Set(condition.values).sorted()
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
