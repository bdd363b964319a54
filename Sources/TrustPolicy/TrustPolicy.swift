package import Federation

/// The trust policy of an IAM role, ready for evaluation.
package struct TrustPolicy: Hashable, Sendable {
    /// The version of the policy language (the document's `Version` element).
    package enum Version: String, CaseIterable, Hashable, Sendable {
        /// The default, without policy variables.
        case v2008 = "2008-10-17"
        case v2012 = "2012-10-17"
    }

    package let version: Version
    package let id: String?
    /// The statements, in the document's order; at least one.
    package let statements: [TrustStatement]
    /// The number of characters in the parsed document, without white space.
    package let size: Int

    /// IAM's default quota (`ACLSizePerRole`), in characters without white space.
    package static let sizeQuota = 2048

    /// The ARNs of the OIDC providers in the statements, in the document's order.
    package var trustedProviders: [String] {
        statements.flatMap { $0.principal.members[.federated, default: []] }.filter {
            OIDCProvider(arn: $0) != nil
        }
    }

    /// Evaluates the policy for a request, by IAM's rules.
    package func evaluate(_ request: TrustRequest) -> TrustVerdict {
        TrustVerdict(
            statements: statements.enumerated().map { index, statement in
                statement.evaluate(request, index: index)
            },
            of: request.action
        )
    }
}

extension TrustPolicy {
    /// The policy as a JSON document; `Statement` is an array, and a single principal, action, or value is a string.
    package var document: JSONValue {
        var members: [String: JSONValue] = [
            "Version": .string(version.rawValue), "Statement": .array(statements.map(\.document)),
        ]
        members["Id"] = id.map(JSONValue.string)
        return .object(members)
    }

    /// The policy with version 2012-10-17, which supports policy variables.
    package var withVariables: TrustPolicy {
        let statements = statements.map { statement in
            TrustStatement(
                sid: statement.sid,
                effect: statement.effect,
                principal: statement.principal,
                action: statement.action,
                conditions: statement.conditions.map {
                    Condition(operator: $0.operator, key: $0.key, values: $0.values, version: .v2012)
                }
            )
        }
        return TrustPolicy(version: .v2012, id: id, statements: statements, size: size)
    }

    /// Returns the policy with the statement at `index` replaced.
    package func replacing(_ index: Int, with statement: TrustStatement) -> TrustPolicy {
        var statements = statements
        statements[index] = statement
        return TrustPolicy(version: version, id: id, statements: statements, size: size)
    }

    /// Returns the policy with all statements replaced.
    package func replacingStatements(by statements: [TrustStatement]) -> TrustPolicy {
        TrustPolicy(version: version, id: id, statements: statements, size: size)
    }

    /// Returns the policy with a statement added at the end.
    package func appending(_ statement: TrustStatement) -> TrustPolicy {
        TrustPolicy(version: version, id: id, statements: statements + [statement], size: size)
    }
}

extension TrustStatement {
    /// The statement as a JSON object.
    package var document: JSONValue {
        var members: [String: JSONValue] = ["Effect": .string(effect.rawValue)]
        members["Sid"] = sid.map(JSONValue.string)
        members["Principal"] = principal.document
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
    fileprivate static func oneOrMany(_ texts: [String]) -> JSONValue {
        texts.count == 1 ? .string(texts[0]) : .array(texts.map(JSONValue.string))
    }
}

/// The error that IAM would return for a policy.
package struct PolicyError: Error, Hashable, Sendable {
    /// `MalformedPolicyDocument` or `LimitExceeded`.
    package let code: String
    /// IAM's own message.
    package let message: String
    /// The path in the document, such as `Statement[0].Principal`; empty for the whole document.
    package let path: String
    /// The value at the path, or the defect.
    package let detail: String?
    /// The correction, if known.
    package let advice: String?

    package init(
        code: String,
        message: String,
        path: String = "",
        detail: String? = nil,
        advice: String? = nil
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.detail = detail
        self.advice = advice
    }
}

extension PolicyError: CustomStringConvertible {
    package var description: String {
        let notes = [path, detail ?? ""].filter { !$0.isEmpty }
        return "\(code): \(message)" + (notes.isEmpty ? "" : " (\(notes.joined(separator: ": ")))")
    }
}
