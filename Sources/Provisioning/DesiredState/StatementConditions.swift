import Federation
import TrustPolicy

// The conditions in the JSON of a policy statement.
extension JSONValue {
    /// Returns the statement with further conditions; existing conditions with the same operator and key are replaced.
    func addingConditions(_ conditions: [Condition]) -> JSONValue {
        guard !conditions.isEmpty, var members else { return self }
        var block = members["Condition"]?.members ?? [:]
        for condition in conditions {
            let name = condition.operator.description
            var keys = block[name]?.members ?? [:]
            keys[condition.key] =
                condition.values.count == 1
                ? .string(condition.values[0]) : .array(condition.values.map(JSONValue.string))
            block[name] = .object(keys)
        }
        members["Condition"] = .object(block)
        return .object(members)
    }

    /// Returns the statement without the given conditions, which are identified by operator and key.
    func removingConditions(_ conditions: [Condition]) -> JSONValue {
        guard !conditions.isEmpty, var members, var block = members["Condition"]?.members else { return self }
        for condition in conditions {
            let name = condition.operator.description
            guard var keys = block[name]?.members else { continue }
            keys[condition.key] = nil
            block[name] = keys.isEmpty ? nil : .object(keys)
        }
        members["Condition"] = block.isEmpty ? nil : .object(block)
        return .object(members)
    }
}
