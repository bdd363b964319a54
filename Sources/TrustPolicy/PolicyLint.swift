import Federation

/// A weakness of a trust policy.
package struct LintFinding: Hashable, Sendable, Codable {
    package enum Severity: String, CaseIterable, Hashable, Sendable, Codable {
        /// The policy can allow wrong identities, excludes the right identities, or exceeds IAM's default quota.
        case high
        /// The statement probably has an unintended effect.
        case medium
        case low
    }

    /// A short, stable name: `no-sub`.
    package let id: String
    package let severity: Severity
    /// The statement's path and the weakness, usually with the correction.
    package let message: String
}

extension TrustPolicy {
    /// Returns the policy's weaknesses, in the order of the statements.
    ///
    /// - Parameter provider: The ARN of the provider that the role should trust, if known.
    /// - Returns: The weaknesses; empty if none was found.
    package func lint(provider: String? = nil) -> [LintFinding] {
        var findings: [LintFinding] = []
        for (index, statement) in statements.enumerated() {
            let lint = StatementLint(statement: statement, path: "Statement[\(index)]", provider: provider)
            findings += lint.findings
        }
        if size > Self.sizeQuota {
            let message =
                "The policy has \(size) characters without white space; IAM accepts \(Self.sizeQuota) unless a "
                + "higher quota was granted. Merge statements into one with lists of values."
            findings.append(LintFinding(id: "over-2048", severity: .high, message: message))
        }
        return findings
    }
}

/// The weaknesses of one statement.
private struct StatementLint {
    let statement: TrustStatement
    let path: String
    let provider: String?

    /// Whether the statement allows AssumeRoleWithWebIdentity for an OIDC provider.
    private var allowsWebIdentity: Bool {
        statement.effect == .allow && includesOIDCProvider
            && statement.action.matches("sts:AssumeRoleWithWebIdentity")
    }

    /// Whether the actions include AssumeRole, but not AssumeRoleWithWebIdentity.
    private var allowsOnlyRoles: Bool {
        statement.action.matches("sts:AssumeRole")
            && !statement.action.matches("sts:AssumeRoleWithWebIdentity")
    }

    /// Whether each action only supplements AssumeRoleWithWebIdentity (for example, TagSession).
    private var allowsOnlySessionActions: Bool {
        !statement.action.isNegated && statement.action.names.allSatisfy(SessionAction.contains)
    }

    private var includesOIDCProvider: Bool {
        (statement.principal.includesEveryone && !allowsOnlyRoles) || !federated.isEmpty
    }

    private var federated: [String] {
        statement.principal.members[.federated, default: []].filter { $0.contains(":oidc-provider/") }
    }

    var findings: [LintFinding] {
        var findings = principals
        for condition in statement.conditions {
            findings += ConditionLint(condition: condition, path: path).findings
        }
        if allowsWebIdentity { findings += guards }
        findings += builtInGuards
        if statement.effect == .allow, statement.action.matches("sts:AssumeRole") { findings += callers }
        if statement.effect == .allow, !federated.isEmpty, !allowsWebIdentity, !allowsOnlySessionActions {
            findings.append(
                finding(
                    "action-missing",
                    .high,
                    "names an OIDC provider, but does not allow sts:AssumeRoleWithWebIdentity"
                )
            )
        }
        return findings
    }

    private func finding(_ id: String, _ severity: LintFinding.Severity, _ message: String) -> LintFinding {
        LintFinding(id: id, severity: severity, message: "\(path) \(message).")
    }
}

// Statements for AWS principals, which call AssumeRole.
extension StatementLint {
    /// The keys that restrict the callers in an account.
    private static let callerKeys: Set = [
        "sts:externalid", "sts:sourceidentity", "aws:principalarn", "aws:sourceidentity", "aws:userid",
        "aws:principalorgid",
    ]

    private var callers: [LintFinding] {
        let named = statement.principal.members[.aws, default: []]
        var findings: [LintFinding] = []
        let isGuarded = statement.conditions.contains { condition in
            isStrict(condition)
                && (Self.callerKeys.contains(condition.foldedKey)
                    || condition.foldedKey.hasPrefix("aws:principaltag/"))
        }
        if statement.principal.includesEveryone, !isGuarded {
            findings.append(
                finding(
                    "no-caller-condition",
                    .high,
                    "has no condition on the caller: every principal in every AWS account may assume the role"
                )
            )
        }
        for name in named {
            if let account = Self.account(name), !isGuarded {
                findings.append(
                    finding(
                        "account-principal",
                        .medium,
                        "trusts the entire account \(account): name the hub's role, or require sts:ExternalId or "
                            + "aws:PrincipalArn"
                    )
                )
            } else if name.contains(":assumed-role/") {
                findings.append(
                    finding(
                        "session-principal",
                        .low,
                        "names a session, \(name): name the role instead, because the names of sessions change"
                    )
                )
            } else if name.isPrincipalID {
                findings.append(
                    finding(
                        "principal-deleted",
                        .medium,
                        "has the ID of a deleted principal, \(name): name the ARN of its replacement"
                    )
                )
            }
        }
        return findings
    }

    /// Returns the account ID if the principal is an entire account.
    private static func account(_ name: String) -> String? {
        if name.utf8.count == 12, name.utf8.allSatisfy({ (48...57).contains($0) }) { return name }
        guard let arn = ARN(name), arn.service == "iam", arn.resource == "root" else { return nil }
        return arn.account
    }
}

// Principals, and the conditions that restrict them.
extension StatementLint {
    private var principals: [LintFinding] {
        var findings: [LintFinding] = []
        if statement.effect == .allow, statement.principal.includesEveryone {
            findings.append(
                finding(
                    "principal-everyone",
                    .high,
                    allowsOnlyRoles
                        ? "allows every principal: name the ARN of the hub's role under AWS"
                        : "allows every principal: name the provider's ARN under Federated"
                )
            )
        }
        for arn in federated {
            guard let reason = Self.defect(in: arn, expected: provider) else { continue }
            findings.append(finding("federated-arn", .high, "has the Federated ARN \(arn): \(reason)"))
        }
        return findings
    }

    private static func defect(in arn: String, expected: String?) -> String? {
        if let expected, arn != expected, isIntended(arn, for: expected) {
            return NearMiss(betweenRequired: arn, found: expected) == .trailingSlash(found: expected)
                ? "the provider's ARN is \(expected), which differs only in the trailing slash"
                : "the provider's ARN is \(expected)"
        }
        guard let url = OIDCProvider(arn: arn)?.url, let endsInSlash = IssuerKind(url: url).issuerEndsInSlash,
            url.hasSuffix("/") != endsInSlash
        else { return nil }
        return
            "the issuer of \(IssuerKind(url: url).tokensName) "
            + (endsInSlash
                ? "has a trailing slash, so the ARN must have one"
                : "has no trailing slash, so the ARN must not have one")
    }

    /// Returns whether an ARN is probably a mistyped form of the expected ARN.
    ///
    /// Only a small difference is a typing mistake. A statement can trust several issuers, or both token versions of a
    /// tenant, on purpose.
    private static func isIntended(_ arn: String, for expected: String) -> Bool {
        guard let url = OIDCProvider(arn: arn)?.url, let issuer = OIDCProvider(arn: expected)?.url else {
            return false
        }
        if url == issuer { return true }
        let differences: Set<IssuerDifference> = [.slash, .letterCase, .domain, .malformedTenant, .cloud]
        return IssuerDifference(of: url, from: issuer).map(differences.contains) ?? false
    }

    private var guards: [LintFinding] {
        let conditions = statement.conditions
        guard !conditions.isEmpty else {
            return [
                finding(
                    "no-condition",
                    .high,
                    "has no condition: every identity with a token from the provider is allowed"
                ),
                noSubject,
            ]
        }
        let tested = conditions.filter { isStrict($0) }.compactMap { OIDCKey($0.key)?.name.lowercased() }
        var findings = broadSubject.map { [$0] } ?? []
        if !tested.contains("sub") {
            findings += weakGuards
            findings.append(noSubject)
            if conditions.allSatisfy(\.isOnAudience), conditions.contains(where: requiresValue) {
                findings.append(
                    finding(
                        "only-aud",
                        .high,
                        "tests only aud: every identity that can get a token for the audience is allowed"
                    )
                )
            }
        }
        return findings
    }

    /// The finding for patterns that match several owners (for example, `repo:*`).
    ///
    /// The value is `nil` if another condition tests the owner.
    private var broadSubject: LintFinding? {
        let subjects = statement.conditions.filter { isStrict($0) && $0.isOnSubject }
        guard let condition = subjects.first, subjects.allSatisfy({ !$0.broadSubjects.isEmpty }) else {
            return nil
        }
        let kind = OIDCKey(condition.key)?.kind ?? .other
        let namesOwner = statement.conditions.contains { other in
            isStrict(other) && kind.ownerClaims.contains(OIDCKey(other.key)?.name.lowercased() ?? "")
        }
        guard !namesOwner else { return nil }
        return finding(
            "broad-sub",
            .high,
            "restricts sub only by \(condition.broadSubjects.joined(separator: ", ")), so that "
                + kind.broadSubjectAdvice
        )
    }

    private var noSubject: LintFinding {
        finding(
            "no-sub",
            .high,
            "does not restrict sub: add StringEquals on the provider's :sub with the exact subject"
        )
    }

    /// The findings for conditions that can pass without a listed value (for example, with IfExists).
    ///
    /// The array is empty if ``isStrict(_:)`` is true for any condition.
    private var weakGuards: [LintFinding] {
        guard !statement.conditions.contains(where: isStrict) else { return [] }
        return statement.conditions.compactMap { condition in
            let `operator` = condition.operator
            let text = "\(`operator`) on \(condition.key)"
            if `operator`.quantifier == .forAllValues {
                return finding(
                    "for-all-values-guard",
                    .high,
                    "is restricted only by \(text), which passes if the key is absent: use a plain operator"
                )
            }
            if `operator`.ifExists {
                return finding(
                    "if-exists-guard",
                    .high,
                    "is restricted only by \(text), which passes if the key is absent: \(correction(ofIfExists: condition))"
                )
            }
            if `operator`.comparison.isNegated {
                return finding(
                    "negated-guard",
                    .high,
                    "is restricted only by \(text), which allows every other value: require the allowed values"
                )
            }
            return nil
        }
    }

    /// Returns the correction of a condition with IfExists, as an imperative.
    ///
    /// Without IfExists, the condition refuses every caller that lacks the key, so removing IfExists may be wrong.
    /// Requests with a token lack most keys of AWS. Requests of AWS principals lack the claims.
    private func correction(ofIfExists condition: Condition) -> String {
        let isOfToken = OIDCKey(condition.key) != nil || condition.foldedKey == "sts:rolesessionname"
        if statement.principal.members.count > 1 {
            return "use a separate statement for each kind of principal, with conditions on its keys"
        }
        return isOfToken ? "remove IfExists" : "require the provider's :sub and :aud, which every token has"
    }

    /// Whether a condition restricts its key to the listed values.
    private func requiresValue(_ condition: Condition) -> Bool {
        let comparison = condition.operator.comparison
        return comparison != .null && !comparison.isNegated && !condition.matchesEverything
    }

    /// Whether a condition restricts the values of its key and requires the key.
    ///
    /// A condition on `sub` or `aud` can be strict even with IfExists; see ``isOnClaimOfOnlyProvider(_:)``.
    private func isStrict(_ condition: Condition) -> Bool {
        guard requiresValue(condition) else { return false }
        let `operator` = condition.operator
        guard `operator`.ifExists || `operator`.quantifier == .forAllValues else { return true }
        if isOnClaimOfOnlyProvider(condition) { return true }
        return statement.conditions.contains { $0.requiresPresence(of: condition.foldedKey) }
    }
}

// Statements for both a provider and AWS principals. Requests with a token and requests of AWS principals have
// different keys.
extension StatementLint {
    /// Returns whether a condition tests `sub` or `aud` in a statement for one provider and for other principals.
    ///
    /// With IfExists, the condition restricts only requests with a token, because every token has both claims. For the
    /// other principals, the condition passes, because their requests lack the key. In a statement for tokens alone,
    /// IfExists is a mistake.
    private func isOnClaimOfOnlyProvider(_ condition: Condition) -> Bool {
        let principal = statement.principal
        guard !principal.includesEveryone, principal.members.count > 1,
            principal.members[.federated]?.count == 1,
            let url = federated.first.flatMap(OIDCProvider.init(arn:))?.url,
            let key = OIDCKey(condition.key), ["sub", "aud"].contains(key.name.lowercased())
        else { return false }
        return key.provider.lowercased() == url.lowercased()
    }
}

// Providers that are built into AWS, such as accounts.google.com.
extension StatementLint {
    /// The findings for the built-in providers whose tokens the statement allows.
    private var builtInGuards: [LintFinding] {
        guard statement.effect == .allow, statement.action.matches("sts:AssumeRoleWithWebIdentity") else {
            return []
        }
        let keys = statement.conditions.filter { isStrict($0) }.compactMap { OIDCKey($0.key) }
        let providers = statement.principal.members[.federated, default: []].compactMap { name in
            BuiltInProvider(named: name)
        }
        // A condition that requires a key of another issuer excludes the provider's tokens.
        let allowed = providers.filter { provider in
            keys.allSatisfy { $0.provider.lowercased() == provider.name }
        }
        if allowed.isEmpty { return [] }
        // If the statement also allows a provider in IAM, `guards` already reports the weak conditions.
        let weak = allowsWebIdentity ? [] : (broadSubject.map { [$0] } ?? []) + weakGuards
        let tested = Set(keys.map { $0.name.lowercased() })
        return weak + allowed.flatMap { guards(of: $0, tested: tested) }
    }

    private func guards(of provider: BuiltInProvider, tested: Set<String>) -> [LintFinding] {
        let name = provider.name
        var findings: [LintFinding] = []
        if statement.conditions.isEmpty {
            findings.append(
                finding(
                    "no-condition",
                    .high,
                    "has no condition: every identity with a token from \(name) is allowed"
                )
            )
        }
        if !tested.contains(provider.audience) {
            findings.append(
                finding(
                    "no-aud",
                    .high,
                    "does not restrict \(name):\(provider.audience), so that tokens for every \(provider.audienceKind) "
                        + "are allowed: add StringEquals with the ID of the \(provider.audienceKind)"
                )
            )
        }
        if tested.isDisjoint(with: provider.subjects) {
            let keys = provider.subjects.map { "\(name):\($0)" }.joined(separator: " or ")
            findings.append(
                finding(
                    "no-sub",
                    .high,
                    "does not restrict \(keys), so that every user of the \(provider.audienceKind) is allowed: add a "
                        + "condition with the exact value"
                )
            )
        }
        return findings
    }
}

extension Condition {
    /// Whether one of the condition's patterns matches every value.
    fileprivate var matchesEverything: Bool {
        if isOnSubject { return values.contains { subjectScope(of: $0) == .everything } }
        return `operator`.comparison == .stringLike
            && values.contains { !$0.isEmpty && $0.allSatisfy { $0 == "*" } }
    }

    fileprivate var isOnAudience: Bool { OIDCKey(key)?.name.lowercased() == "aud" }

    /// Whether the condition requires certain values of a token's `sub`.
    fileprivate var isOnSubject: Bool {
        [.string, .arn].contains(`operator`.comparison.family) && !`operator`.comparison.isNegated
            && OIDCKey(key)?.name.lowercased() == "sub"
    }

    /// The values of a condition on `sub` that match subjects of several owners.
    fileprivate var broadSubjects: [String] {
        values.filter { subjectScope(of: $0) > .pinned }
    }

    private func subjectScope(of value: String) -> SubjectPattern.Scope {
        SubjectPattern(value, of: self, kind: OIDCKey(key)?.kind ?? .other).scope
    }

    fileprivate func requiresPresence(of foldedKey: String) -> Bool {
        `operator`.comparison == .null && self.foldedKey == foldedKey && values == ["false"]
    }
}
