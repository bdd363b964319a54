package import Federation
import TrustPolicy

/// One way into a role: tokens of one provider, for one audience, of named subjects.
package struct TrustGrant: Hashable, Sendable {
    /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`.
    package let providerARN: String
    /// The token's `aud`.
    package let audience: String
    /// The `sub` of every identity that may enter, in the order they were added.
    package private(set) var subjects: [String]

    package init(providerARN: String, audience: String, subjects: [String]) {
        self.providerARN = providerARN
        self.audience = audience
        self.subjects = subjects
    }

    /// What the condition keys begin with.
    package var provider: String {
        providerARN.split(separator: ":oidc-provider/", maxSplits: 1).last.map(String.init) ?? ""
    }

    /// Lets another subject in.
    mutating func add(_ subject: String) {
        if !subjects.contains(subject) { subjects.append(subject) }
    }

    /// The grant without these subjects; `nil` when none is left.
    package func without(_ others: [String]) -> TrustGrant? {
        let left = subjects.filter { !others.contains($0) }
        return left.isEmpty
            ? nil : TrustGrant(providerARN: providerARN, audience: audience, subjects: left)
    }
}

extension TrustGrant {
    /// The grant as a statement.
    ///
    /// - Parameter sid: Marks the statement as the set-up's own; letters and digits.
    /// - Returns: The statement's JSON, lone values not in arrays, as it counts against the quota.
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

    /// Reads a statement that is exactly such a grant; `nil` for one that says more, less or otherwise.
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
