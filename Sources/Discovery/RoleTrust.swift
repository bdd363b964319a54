import Federation
package import TrustPolicy

/// The identities that a role's trust policy names exactly, and the reasons not to propose other identities.
package struct RoleTrust: Hashable, Sendable {
    /// An audience and a subject that the policy allows to assume the role.
    package struct Pair: Hashable, Sendable {
        package let providerARN: String
        package let issuer: EntraIssuer
        package let audience: String
        /// Whether the statement requires an exact audience; if not, the provider accepts only this audience.
        package let isAudienceTested: Bool
        package let subject: String
        /// The index of the statement, from 0.
        package let statement: Int
        /// The condition keys whose unknown values can change the result.
        package let unknownKeys: [String]
    }

    package private(set) var pairs: [Pair] = []
    package private(set) var problems: [String] = []

    /// The maximum number of pairs of one policy.
    private static let limit = 1000

    /// Returns the ARNs of the Entra providers that a trust policy names; empty if the policy cannot be parsed.
    package static func providers(in document: String) -> [String] {
        guard let policy = try? TrustPolicy(parsing: document, quota: nil) else { return [] }
        return policy.trustedProviders.filter { issuer(of: $0) != nil }
    }

    /// Reads the pairs, and evaluates the policy for each.
    package init(of role: FoundRole, providers: [String: FoundProvider]) {
        let policy: TrustPolicy
        do throws(PolicyError) {
            policy = try TrustPolicy(parsing: role.trustDocument, quota: nil)
        } catch {
            problems = ["Its trust policy cannot be read: \(error)"]
            return
        }
        var seen: Set<[String]> = []
        for (index, statement) in policy.statements.enumerated()
        where statement.effect == .allow
            && statement.action.matches("sts:AssumeRoleWithWebIdentity")
        {
            for arn in statement.principal.members[.federated, default: []] {
                guard let issuer = Self.issuer(of: arn) else { continue }
                for pair in candidates(arn, issuer, statement, index, role, providers[arn])
                where pairs.count < Self.limit && seen.insert([arn, pair.audience, pair.subject]).inserted {
                    keepUnlessDenied(pair, policy, role)
                }
            }
        }
    }

    private static func issuer(of arn: String) -> EntraIssuer? {
        guard let url = OIDCProvider(arn: arn)?.url, let issuer = EntraIssuer(url: url), issuer.kind.isEntra
        else { return nil }
        return issuer
    }

    /// Returns each combination of an audience and a subject that a statement requires for one provider.
    private mutating func candidates(
        _ arn: String,
        _ issuer: EntraIssuer,
        _ statement: TrustStatement,
        _ index: Int,
        _ role: FoundRole,
        _ provider: FoundProvider?
    ) -> [Pair] {
        guard ARN(arn)?.account == role.arn.account else {
            problems.append("It trusts \(arn), which is in a different account from the role.")
            return []
        }
        if provider == .missing {
            problems.append("It trusts \(arn), which does not exist.")
            return []
        }
        let url = OIDCProvider(arn: arn)?.url ?? ""
        let subjects = Self.values(of: "\(url):sub", in: statement)
        guard !subjects.isEmpty else {
            problems.append("Statement \(index) requires no exact sub of \(url), so it names no identity.")
            return []
        }
        let tested = Self.values(of: "\(url):aud", in: statement)
        var accepted: [String]?
        if case .accepts(let audiences) = provider { accepted = audiences }
        let audiences = tested.isEmpty ? accepted ?? [] : tested
        guard tested.isEmpty ? audiences.count == 1 : true else {
            problems.append(
                "Statement \(index) requires no exact aud of \(url), and the provider "
                    + (accepted.map { "accepts \($0.count) audiences." } ?? "could not be read.")
            )
            return []
        }
        return audiences.flatMap { audience -> [Pair] in
            if let accepted, !accepted.contains(audience) {
                problems.append("It requires aud \(audience), which the provider \(arn) does not accept.")
                return []
            }
            return subjects.map {
                Pair(
                    providerARN: arn,
                    issuer: issuer,
                    audience: audience,
                    isAudienceTested: !tested.isEmpty,
                    subject: $0,
                    statement: index,
                    unknownKeys: []
                )
            }
        }
    }

    /// Keeps a pair unless the whole policy denies the pair.
    private mutating func keepUnlessDenied(_ pair: Pair, _ policy: TrustPolicy, _ role: FoundRole) {
        let url = OIDCProvider(arn: pair.providerARN)?.url ?? ""
        let claims = Claims(
            header: [:],
            payload: [
                "iss": .string("https://" + url), "aud": .string(pair.audience),
                "sub": .string(pair.subject), "oid": .string(pair.subject),
            ]
        )
        let context = RequestContext(
            claims: claims,
            providerURL: url,
            federatedPrincipal: pair.providerARN,
            roleARN: role.arn
        )
        let verdict = policy.evaluate(
            TrustRequest(federatedPrincipal: pair.providerARN, context: context)
        )
        guard !verdict.decision.isDenial else {
            let key = verdict.decidingCondition.map { " (\($0.condition.key))" } ?? ""
            problems.append("Its trust policy denies sub \(pair.subject) with aud \(pair.audience)\(key).")
            return
        }
        pairs.append(
            Pair(
                providerARN: pair.providerARN,
                issuer: pair.issuer,
                audience: pair.audience,
                isAudienceTested: pair.isAudienceTested,
                subject: pair.subject,
                statement: pair.statement,
                unknownKeys: verdict.unknownKeys
            )
        )
    }

    /// Returns the exact values that a statement requires of a key, without wildcards and variables.
    private static func values(of key: String, in statement: TrustStatement) -> [String] {
        let folded = key.lowercased()
        return statement.conditions.filter { $0.foldedKey == folded }.flatMap { condition -> [String] in
            switch condition.operator.comparison {
            case .stringEquals, .stringEqualsIgnoreCase:
                condition.values.filter { !$0.contains("${") && !$0.isEmpty }
            case .stringLike:
                condition.values.filter { value in !value.contains { "*?$".contains($0) } && !value.isEmpty }
            default: []
            }
        }
    }
}
