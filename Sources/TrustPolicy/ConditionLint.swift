/// The weaknesses of one condition, whatever stands beside it.
struct ConditionLint {
    let condition: Condition
    /// The statement's place in the document.
    let place: String

    var findings: [LintFinding] {
        [slash, unsupportedClaim, upperCase, wildcard, variable, unreadable].compactMap(\.self)
    }

    private var name: String { "\(condition.operator).\(condition.key)" }
    private var key: OIDCKey? { OIDCKey(condition.key) }

    private func finding(_ id: String, _ severity: LintFinding.Severity, _ message: String) -> LintFinding {
        LintFinding(id: id, severity: severity, message: "\(place) \(message).")
    }

    private var slash: LintFinding? {
        key?.withSlashCorrected.map { correct in
            finding("key-slash", .high, "has \(name): the key must be \(correct), as the issuer's URL ends")
        }
    }

    private var unsupportedClaim: LintFinding? {
        guard let key, key.isOfEntra, !OIDCKey.supportedNames.contains(key.name.lowercased()) else {
            return nil
        }
        return finding(
            "unsupported-claim",
            .high,
            "has \(name): AWS makes no condition key of \(key.name), so it is always missing; use sub and aud"
        )
    }

    private var upperCase: LintFinding? {
        guard let key, ["sub", "aud"].contains(key.name.lowercased()),
            condition.operator.comparison == .stringEquals,
            let value = condition.values.first(where: { $0.isGUID && $0 != $0.lowercased() })
        else { return nil }
        return finding(
            "guid-upper-case",
            .medium,
            "has \(value) under \(name): Entra writes GUIDs in lower case"
        )
    }

    private var wildcard: LintFinding? {
        guard [.stringEquals, .stringNotEquals].contains(condition.operator.comparison),
            let value = condition.values.first(where: { $0.contains("*") || $0.contains("?") })
        else { return nil }
        return finding(
            "wildcard-under-equals",
            .medium,
            "has \(value) under \(name): * and ? mean themselves there"
        )
    }

    private var variable: LintFinding? {
        guard condition.version == .v2008, condition.values.contains(where: { $0.contains("${") }) else {
            return nil
        }
        return finding(
            "variable-in-old-version",
            .medium,
            "has a variable under \(name): it needs Version 2012-10-17"
        )
    }

    private var unreadable: LintFinding? {
        guard condition.hasUnreadableValue else { return nil }
        return finding("value-unreadable", .medium, "has a value under \(name) that the operator cannot read")
    }
}

extension OIDCKey {
    /// Whether the provider is Entra.
    package var isOfEntra: Bool {
        let hosts = [
            "sts.windows.net/", "sts.chinacloudapi.cn/", "login.microsoftonline.", "login.chinacloudapi.cn/",
        ]
        return hosts.contains { provider.lowercased().hasPrefix($0) }
    }

    /// The key with the slash that the issuer's URL has, or without the one that it lacks; `nil` when it is right.
    fileprivate var withSlashCorrected: String? {
        guard isOfEntra else { return nil }
        let isVersionTwo = provider.droppingFinalSlash.hasSuffix("/v2.0")
        return provider.hasSuffix("/") == isVersionTwo
            ? provider.droppingFinalSlash + (isVersionTwo ? "" : "/") + ":\(name)" : nil
    }
}
