import Federation

/// A claim that a condition would refuse if AWS tested the claim.
///
/// AWS ignores the claim if the key is misspelled, or if AWS has no key for the claim (for example, `oid`). The
/// condition still shows that the author wanted to refuse the token.
///
/// Source: IAM user guide, condition keys for web identity federation.
package struct RefusedClaim: Hashable, Sendable {
    /// The claim's name in lowercase (`oid`), or the correct form of a misspelled AWS key (`aws:SourceIp`).
    package let name: String
    /// The token's values of the claim; for a key of AWS, the request's values.
    package let found: [String]

    /// The claim or key that the policy's author probably wanted to test in a condition.
    struct Meaning {
        let name: String
        let found: [String]
        /// The outcome that the condition would have for this claim or key.
        let outcome: TernaryResult

        /// Finds the claim or key; `nil` if the request has the condition's key, or if no claim or key is similar.
        ///
        /// Small differences between the condition's values and the token's values do not count.
        init?(of condition: Condition, in context: RequestContext) {
            guard context.entry(foldedKey: condition.foldedKey) == nil else { return nil }
            if let key = context.meantKey(of: condition.key) {
                let entry = context.entry(foldedKey: key.lowercased())
                name = key
                found = entry?.values ?? []
                outcome = condition.outcome(for: entry, in: context)
                return
            }
            guard let claims = context.claims,
                let claim = RefusedClaim.claim(meantBy: condition, claims, in: context)
            else { return nil }
            name = claim.lowercased()
            found = RefusedClaim.values(of: name, claims)
            let comparison = condition.operator.comparison
            let candidates =
                Condition.identityClaims.contains(name) ? found + RefusedClaim.ids(of: claims) : found
            if comparison == .null || candidates.isEmpty {
                let entry = found.isEmpty ? nil : RequestContext.Entry.values(found)
                outcome = condition.outcome(for: entry, in: context)
                return
            }
            let affirmed = condition.comparing(by: comparison.affirmed)
            let matches = candidates.contains { affirmed.mayMean($0, in: context) }
            outcome = TernaryResult(matches != comparison.isNegated)
        }
    }

    /// Creates the refused claim; `nil` unless the outcome of `meaning` is `no`.
    init?(_ meaning: Meaning) {
        guard meaning.outcome == .no else { return nil }
        name = meaning.name
        found = meaning.found
    }

    /// Whether ``name`` is a key of AWS rather than a claim.
    package var isOfAWSKey: Bool { name.contains(":") && !name.contains("://") }

    /// Whether the claim identifies the caller or the caller's tenant.
    ///
    /// Policies use claims such as `email` by mistake. These claims count only if the token has the claim.
    package var identifiesCaller: Bool {
        Self.identifiesCaller(name) && (!found.isEmpty || !Condition.namesOfCaller.contains(name))
    }

    /// Returns whether a claim identifies the caller or the caller's tenant; the name must be lowercase.
    package static func identifiesCaller(_ name: String) -> Bool {
        Condition.identityClaims.contains(name) || Condition.namesOfCaller.contains(name)
            || ["tid", "iss"].contains(name)
    }

    private static func claim(
        meantBy condition: Condition,
        _ claims: Claims,
        in context: RequestContext
    ) -> String? {
        switch NearMiss(of: condition, in: context) {
        case .keySlash(let key), .keyForm(let key), .keyPrefix(_, let key), .keyBlank(_, let key),
            .misspelledClaim(let key):
            return OIDCKey(key)?.name
        case .misspelledKey: return nil
        case .otherIssuer(let key):
            // A condition on the other issuer's `aud` does not refuse this token, because audiences differ by issuer
            // and token version. A Null condition does not refuse this token, because tokens of the other issuer have
            // the key.
            let name = OIDCKey(key)?.name
            return name?.lowercased() == "sub" && condition.operator.comparison != .null ? name : nil
        case .unsupportedClaim(let key): return key.name
        default:
            guard OIDCKey(condition.key) == nil else { return nil }
            if claims.payload[condition.key] != nil { return condition.key }
            return condition.claim(ofTokensFrom: context.provider ?? "")
        }
    }

    private static func values(of name: String, _ claims: Claims) -> [String] {
        switch name {
        case "sub": [claims.subject].compactMap(\.self)
        case "aud": claims.effectiveAudiences
        case "appid", "azp", "client_id": [claims.clientID].compactMap(\.self)
        case "tid":
            [claims.tenantID ?? claims.issuer.flatMap { EntraIssuer(url: $0)?.tenant }].compactMap(\.self)
        default:
            claims.texts(at: claims.payload.keys.first { $0.lowercased() == name } ?? name)
        }
    }

    /// Returns the values that policies use for identifying the caller.
    private static func ids(of claims: Claims) -> [String] {
        [claims.subject, claims.clientID].compactMap(\.self)
            + Condition.namesOfCaller.sorted().flatMap { claims.texts(at: $0) }
    }
}

extension Condition {
    /// Returns whether a value of the condition is similar to the text, or has a policy variable.
    fileprivate func mayMean(_ text: String, in context: RequestContext) -> Bool {
        if !variableKeys.isEmpty || version == .v2008 && values.contains(where: { $0.contains("${") }) {
            return true
        }
        let folded = text.lowercased()
        return outcome(for: .values([text]), in: context) != .no
            || values.contains { value in
                WildcardPattern(value.lowercased()).matches(folded)
                    || value.trimmingDecoration.lowercased() == folded
                    || value == "api://\(text)" || text == "api://\(value)"
                    || NearMiss(betweenRequired: value, found: text)?.isOfSameText == true
            }
    }
}

extension NearMiss {
    /// Whether both texts are spellings of one value; a URI and a GUID may identify different applications.
    fileprivate var isOfSameText: Bool {
        switch self {
        case .letterCase, .trailingSlash, .whitespace, .enclosed, .malformedGUID, .scope, .missingScheme,
            .severalDifferences:
            true
        default: false
        }
    }

    /// Whether the difference shows that the author of a Deny statement probably wanted to deny the request.
    var isDenialMistake: Bool {
        switch self {
        case .uriForGUID, .guidForURI, .variableAbsent, .variableInOldVersion: false
        default: true
        }
    }
}
