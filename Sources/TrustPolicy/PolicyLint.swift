import Federation

/// A weakness of a trust policy that IAM accepts.
package struct LintFinding: Hashable, Sendable, Codable {
    package enum Severity: String, CaseIterable, Hashable, Sendable, Codable {
        /// It lets in whom it should not, or can let in nobody.
        case high
        /// It is likely not what was meant.
        case medium
        case low
    }

    /// A short stable name: `no-sub`.
    package let id: String
    package let severity: Severity
    /// Which statement, what is wrong with it, and what to write.
    package let message: String
}

extension TrustPolicy {
    /// The weaknesses of the policy, statement by statement.
    ///
    /// - Parameter provider: the ARN of the provider that the role should trust, where it is known.
    /// - Returns: nothing when none was found.
    package func lint(provider: String? = nil) -> [LintFinding] {
        var findings: [LintFinding] = []
        for (index, statement) in statements.enumerated() {
            let lint = StatementLint(statement: statement, place: "Statement[\(index)]", provider: provider)
            findings += lint.findings
        }
        if size > Self.sizeQuota {
            let message =
                "The policy has \(size) characters without white space; IAM takes \(Self.sizeQuota) unless a "
                + "higher quota was granted. Merge statements into one with lists of values."
            findings.append(LintFinding(id: "over-2048", severity: .high, message: message))
        }
        return findings
    }
}

/// The weaknesses of one statement.
private struct StatementLint {
    let statement: TrustStatement
    let place: String
    let provider: String?

    /// Whether it lets in holders of web-identity tokens.
    private var allowsWebIdentity: Bool {
        statement.effect == .allow && namesFederation
            && statement.action.matches("sts:AssumeRoleWithWebIdentity")
    }

    private var namesFederation: Bool {
        statement.principal.includesEveryone || !federated.isEmpty
    }

    private var federated: [String] {
        statement.principal.members[.federated, default: []].filter { $0.contains(":oidc-provider/") }
    }

    var findings: [LintFinding] {
        var findings = principals
        for condition in statement.conditions {
            findings += ConditionLint(condition: condition, place: place).findings
        }
        if allowsWebIdentity { findings += guards }
        if statement.effect == .allow, !federated.isEmpty, !allowsWebIdentity {
            findings.append(
                finding(
                    "action-missing",
                    .high,
                    "names an OIDC provider, yet its actions leave out sts:AssumeRoleWithWebIdentity: add it"
                )
            )
        }
        return findings
    }

    private func finding(_ id: String, _ severity: LintFinding.Severity, _ message: String) -> LintFinding {
        LintFinding(id: id, severity: severity, message: "\(place) \(message).")
    }
}

// Who is let in, and how firmly it is tested.
extension StatementLint {
    private var principals: [LintFinding] {
        var findings: [LintFinding] = []
        if statement.effect == .allow, statement.principal.includesEveryone {
            findings.append(
                finding(
                    "principal-everyone",
                    .high,
                    "allows every principal: name the provider's ARN under Federated"
                )
            )
        }
        for arn in federated {
            guard let reason = Self.slip(in: arn, expected: provider) else { continue }
            findings.append(finding("federated-arn", .high, "has the Federated ARN \(arn): \(reason)"))
        }
        return findings
    }

    private static func slip(in arn: String, expected: String?) -> String? {
        if let expected, arn != expected {
            return NearMiss(betweenRequired: arn, found: expected) == .finalSlash(found: expected)
                ? "the provider's ARN is \(expected), which differs by its final slash"
                : "the provider's ARN is \(expected)"
        }
        if arn.contains("/sts.windows.net/") || arn.contains("/sts.chinacloudapi.cn/"), !arn.hasSuffix("/") {
            return "the issuer of version 1 tokens ends in a slash, and so must the ARN"
        }
        if arn.hasSuffix("/v2.0/") {
            return "the issuer of version 2 tokens ends without a slash, and so must the ARN"
        }
        return nil
    }

    private var guards: [LintFinding] {
        let conditions = statement.conditions
        guard !conditions.isEmpty else {
            return [
                finding(
                    "no-condition",
                    .high,
                    "has no condition: whoever the provider issues a token to may enter"
                ),
                noSubject,
            ]
        }
        let tested = conditions.filter { isFirm($0) }.compactMap { OIDCKey($0.key)?.name.lowercased() }
        var findings: [LintFinding] = []
        if !tested.contains("sub") {
            findings += weakGuards
            findings.append(noSubject)
            if Set(conditions.map { OIDCKey($0.key)?.name.lowercased() }) == ["aud"] {
                findings.append(
                    finding(
                        "only-aud",
                        .high,
                        "tests only aud: any identity of the tenant that gets a token for the audience may enter"
                    )
                )
            }
        }
        return findings
    }

    private var noSubject: LintFinding {
        finding(
            "no-sub",
            .high,
            "does not pin sub: add StringEquals on the provider's :sub with the identity's object id"
        )
    }

    /// The conditions that pass when the key is missing, where nothing firmer stands beside them.
    private var weakGuards: [LintFinding] {
        guard !statement.conditions.contains(where: isFirm) else { return [] }
        return statement.conditions.compactMap { condition in
            let `operator` = condition.operator
            let text = "\(`operator`) on \(condition.key)"
            if `operator`.quantifier == .forAllValues {
                return finding(
                    "for-all-values-guard",
                    .high,
                    "is guarded by \(text) alone, which passes when the key is missing: use a plain operator"
                )
            }
            if `operator`.ifExists {
                return finding(
                    "if-exists-guard",
                    .high,
                    "is guarded by \(text) alone, which passes when the key is missing: drop IfExists"
                )
            }
            if `operator`.comparison.isNegated {
                return finding(
                    "negated-guard",
                    .high,
                    "is guarded by \(text) alone, which lets in everyone else: test for what is allowed"
                )
            }
            return nil
        }
    }

    /// Whether a condition demands that its key is there and has one of certain values.
    private func isFirm(_ condition: Condition) -> Bool {
        let `operator` = condition.operator
        if `operator`.comparison == .null || `operator`.comparison.isNegated || condition.matchesEverything {
            return false
        }
        guard `operator`.ifExists || `operator`.quantifier == .forAllValues else { return true }
        return statement.conditions.contains { $0.demandsPresence(of: condition.foldedKey) }
    }
}

extension Condition {
    /// Whether any value at all passes.
    fileprivate var matchesEverything: Bool {
        `operator`.comparison == .stringLike && values.contains { !$0.isEmpty && $0.allSatisfy { $0 == "*" } }
    }

    fileprivate func demandsPresence(of foldedKey: String) -> Bool {
        `operator`.comparison == .null && self.foldedKey == foldedKey && values == ["false"]
    }
}
