package import Federation
import TrustPolicy

/// Permission to assume a role with a token that has a given provider, a given audience, and one of the subjects.
package struct TrustGrant: Hashable, Sendable {
    /// The ARN of the provider, such as `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`.
    package let providerARN: String
    /// The token's `aud` claim.
    package let audience: String
    /// The `sub` claims of the identities, in order of addition.
    package private(set) var subjects: [String]

    package init(providerARN: String, audience: String, subjects: [String]) {
        self.providerARN = providerARN
        self.audience = audience
        self.subjects = subjects
    }

    /// The prefix of the condition keys, which is the issuer without `https://`.
    package var provider: String { Self.provider(of: providerARN) }

    /// Returns the issuer in a provider's ARN, without `https://`.
    static func provider(of arn: String) -> String {
        arn.split(separator: ":oidc-provider/", maxSplits: 1).last.map(String.init) ?? ""
    }

    /// Adds a subject, unless it is already included.
    mutating func add(_ subject: String) {
        if !subjects.contains(subject) { subjects.append(subject) }
    }

    /// Returns the grant without the given subjects; `nil` if no subject remains.
    package func without(_ others: [String]) -> TrustGrant? {
        let left = subjects.filter { !others.contains($0) }
        return left.isEmpty
            ? nil : TrustGrant(providerARN: providerARN, audience: audience, subjects: left)
    }
}

extension TrustGrant {
    /// Returns the grant as a policy statement.
    ///
    /// - Parameter sid: The `Sid` that marks the statement as setup's own; letters and digits only.
    /// - Returns: The statement's JSON; a single value is not wrapped in an array, which saves characters.
    package func statement(sid: String) -> JSONValue {
        let subject: JSONValue =
            subjects.count == 1 ? .string(subjects[0]) : .array(subjects.map(JSONValue.string))
        return .object([
            "Sid": .string(sid),
            "Effect": .string("Allow"),
            "Principal": .object(["Federated": .string(providerARN)]),
            "Action": .string(Self.action),
            "Condition": .object([
                "StringEquals": .object([
                    "\(provider):aud": .string(audience),
                    "\(provider):sub": subject,
                ])
            ]),
        ])
    }

    static let action = "sts:AssumeRoleWithWebIdentity"

    /// Parses a statement that has exactly the form of a grant; `nil` for any other statement.
    package init?(_ statement: JSONValue) {
        guard case .object(let members) = statement,
            Set(members.keys).subtracting(["Sid"]) == ["Effect", "Principal", "Action", "Condition"],
            members["Effect"]?.string == "Allow",
            case .object(let principals) = members["Principal"], principals.count == 1,
            let arns = principals["Federated"]?.strings, arns.count == 1,
            members["Action"]?.strings.map({ $0.lowercased() }) == [Self.action.lowercased()],
            case .object(let operators) = members["Condition"], operators.count == 1,
            case .object(let keys) = operators["StringEquals"], keys.count == 2
        else { return nil }
        self.init(providerARN: arns[0], audience: "", subjects: [])
        let values = Dictionary(keys.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        guard let audiences = values["\(provider):aud".lowercased()]?.strings, audiences.count == 1,
            let subjects = values["\(provider):sub".lowercased()]?.strings, !subjects.isEmpty
        else { return nil }
        self.init(providerARN: arns[0], audience: audiences[0], subjects: subjects)
    }
}
