package import Federation

extension TrustPolicy {
    /// The policy as a JSON document, with lone values in place of arrays of one.
    package var document: JSONValue {
        var members: [String: JSONValue] = [
            "Version": .string(version.rawValue), "Statement": .array(statements.map(\.document)),
        ]
        members["Id"] = id.map(JSONValue.string)
        return .object(members)
    }

    /// The policy with another statement at `index`.
    package func replacing(_ index: Int, with statement: TrustStatement) -> TrustPolicy {
        var statements = statements
        statements[index] = statement
        return TrustPolicy(version: version, id: id, statements: statements, size: size)
    }
}

extension TrustStatement {
    /// The statement as a JSON object.
    package var document: JSONValue {
        var members: [String: JSONValue] = ["Effect": .string(effect.rawValue)]
        members["Sid"] = sid.map(JSONValue.string)
        members[principal.elementName] = principal.document
        members[action.elementName] = .oneOrMany(action.names)
        if !conditions.isEmpty { members["Condition"] = conditionBlock }
        return .object(members)
    }

    private var conditionBlock: JSONValue {
        let operators = Dictionary(grouping: conditions, by: \.operator.description)
        return .object(
            operators.mapValues { conditions in
                .object(
                    Dictionary(conditions.map { ($0.key, .oneOrMany($0.values)) }) { first, _ in first }
                )
            }
        )
    }
}

extension PrincipalElement {
    /// `Principal` or `NotPrincipal`.
    package var elementName: String { isNegated ? "NotPrincipal" : "Principal" }

    var document: JSONValue {
        .object(
            Dictionary(members.map { ($0.key.rawValue, .oneOrMany($0.value)) }) { first, _ in first }
        )
    }
}

extension ActionElement {
    /// `Action` or `NotAction`.
    package var elementName: String { isNegated ? "NotAction" : "Action" }
}

extension JSONValue {
    /// A lone string for one, an array for several.
    fileprivate static func oneOrMany(_ texts: [String]) -> JSONValue {
        texts.count == 1 ? .string(texts[0]) : .array(texts.map(JSONValue.string))
    }
}
