import Federation

/// The weaknesses of a single condition.
struct ConditionLint {
    let condition: Condition
    /// The path of the statement: `Statement[0]`.
    let path: String

    var findings: [LintFinding] {
        [
            surplusPrefix, blank, tenant, slash, unsupportedClaim, unknownKey, upperCase, wildcard, variable,
            unreadable,
            dateAsText,
        ].compactMap(\.self)
    }

    private var name: String { "\(condition.key) (\(condition.operator))" }
    private var key: OIDCKey? { OIDCKey(condition.key) }

    private func finding(_ id: String, _ severity: LintFinding.Severity, _ message: String) -> LintFinding {
        LintFinding(id: id, severity: severity, message: "\(path) \(message).")
    }

    private var surplusPrefix: LintFinding? {
        let prefix = condition.key.surplusKeyPrefix
        guard !prefix.isEmpty, OIDCKey(String(condition.key.dropFirst(prefix.count))) != nil else {
            return nil
        }
        return finding(
            "key-prefix",
            .high,
            "has the condition key \(name). AWS omits \(prefix) in condition keys"
        )
    }

    private var blank: LintFinding? {
        guard let correctKey, let character = condition.key.firstBlank(missingIn: correctKey) else {
            return nil
        }
        return finding(
            "key-blank",
            .high,
            "has the condition key \(name). The key has \(character), so no request has the key. The key must be "
                + correctKey
        )
    }

    /// The key without white space and invisible characters.
    ///
    /// The value is `nil` in these cases:
    /// - The key has neither white space nor invisible characters.
    /// - The corrected text is not a supported key of an OIDC provider.
    private var correctKey: String? {
        let correct = condition.key.withoutAnyBlanks
        guard correct != condition.key, let key = OIDCKey(correct), key.isSupported else { return nil }
        return correct
    }

    private var tenant: LintFinding? {
        guard let key, key.lacksTenant else { return nil }
        return finding(
            "key-tenant",
            .high,
            "has the condition key \(name). The URL in the key lacks the tenant ID, which the issuer's URL has, so no "
                + "request has the key"
        )
    }

    private var slash: LintFinding? {
        key?.withSlashCorrected.map { correct in
            finding(
                "key-slash",
                .high,
                "has the condition key \(name). The key must be \(correct), "
                    + "\(correct.contains("/:") ? "with" : "without") the trailing slash, as in the issuer's URL"
            )
        }
    }

    private var unsupportedClaim: LintFinding? {
        guard let key, key.kind != .other, !key.isSupported, correctKey == nil else { return nil }
        return finding(
            "unsupported-claim",
            .high,
            "has the condition key \(name). AWS has no condition key for \(key.name), so every request lacks the key; use "
                + "sub and aud"
        )
    }

    private var unknownKey: LintFinding? {
        let correct = AWSConditionKey.meant(by: condition.key)
        guard correct != nil || condition.hasUndocumentedKeyOfAWS else { return nil }
        let isMet = condition.outcome(for: nil, in: RequestContext()) == .yes
        return finding(
            "unknown-key",
            .medium,
            "has the condition key \(name), which AWS does not have: every request lacks the key, so the condition "
                + "\(isMet ? "matches every request" : "matches no request")"
                + (correct.map { ". The similar key of AWS is \($0)" } ?? "")
        )
    }

    private var upperCase: LintFinding? {
        guard let key, key.kind.isEntra, ["sub", "aud"].contains(key.name.lowercased()),
            condition.operator.comparison == .stringEquals,
            let value = condition.values.first(where: { $0.isGUID && $0 != $0.lowercased() })
        else { return nil }
        return finding(
            "guid-upper-case",
            .medium,
            "has the value \(value) for \(name). Entra writes GUIDs in lowercase"
        )
    }

    private var wildcard: LintFinding? {
        guard [.stringEquals, .stringNotEquals].contains(condition.operator.comparison),
            let value = condition.values.first(where: condition.hasPlainWildcard)
        else { return nil }
        return finding(
            "wildcard-under-equals",
            .medium,
            "has the value \(value) for \(name). With this operator, * and ? match only themselves"
        )
    }

    private var variable: LintFinding? {
        guard condition.version == .v2008, condition.values.contains(where: { $0.contains("${") }) else {
            return nil
        }
        return finding(
            "variable-in-old-version",
            .medium,
            "has a policy variable for \(name). Policy variables require Version 2012-10-17"
        )
    }

    private var unreadable: LintFinding? {
        guard condition.hasUnreadableValue else { return nil }
        return finding(
            "value-unreadable",
            .medium,
            "has a value for \(name) that this condition operator cannot parse"
        )
    }

    private var dateAsText: LintFinding? {
        guard condition.comparesDateAsText else { return nil }
        return finding(
            "date-as-text",
            .medium,
            "compares \(name) as text, but the key's value is a date. Use a date operator, such as DateLessThan"
        )
    }
}

extension OIDCKey {
    /// Whether the key has only Entra's host and lacks the path with the tenant.
    fileprivate var lacksTenant: Bool {
        kind.isEntra && !provider.droppingTrailingSlash.contains("/")
    }

    /// The key with the trailing slash added or removed, as the issuer's URL requires; `nil` for a correct key.
    fileprivate var withSlashCorrected: String? {
        guard !lacksTenant, let endsInSlash = kind.issuerEndsInSlash, provider.hasSuffix("/") != endsInSlash
        else {
            return nil
        }
        return String(provider.droppingTrailingSlash) + (endsInSlash ? "/" : "") + ":\(name)"
    }
}
