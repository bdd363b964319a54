import Federation

/// A claim that a condition is intended to test, and whose values in the token the condition is intended to refuse.
///
/// The request does not have the condition's key, because the key has a mistake, or because AWS has no key for the claim.
/// AWS then ignores the token's values, but the condition still states a decision of the policy's author. Source: IAM
/// user guide, condition keys for web identity federation.
package struct RefusedClaim: Hashable, Sendable {
    /// The claim's name in lowercase (`oid`) or, for a misspelled key of AWS, the correct key (`aws:SourceIp`).
    package let name: String
    /// The values of the claim in the token or, for a key of AWS, in the request; empty if there are none.
    package let found: [String]

    /// The claim or key that a condition is intended to test, although the request does not have the condition's key.
    struct Meaning {
        let name: String
        let found: [String]
        /// The outcome of the condition for the values of that claim or key.
        let outcome: TernaryResult

        /// Finds the meaning; `nil` if the request has the condition's key, or the intended claim is not known.
        ///
        /// A value of the condition matches the token's value even if the two have a small difference.
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

    /// `nil` if the condition, as it is intended, does not refuse the values.
    init?(_ meaning: Meaning) {
        guard meaning.outcome == .no else { return nil }
        name = meaning.name
        found = meaning.found
    }

    /// Whether ``name`` is a key of AWS, not a claim.
    package var isOfAWSKey: Bool { name.contains(":") && !name.contains("://") }

    /// Whether the claim identifies the caller or the caller's tenant.
    ///
    /// A claim such as `email`, with which policies name a caller by mistake, identifies the caller only if the token
    /// has the claim.
    package var identifiesCaller: Bool {
        Self.identifiesCaller(name) && (!found.isEmpty || !Condition.namesOfCaller.contains(name))
    }

    /// Whether a claim, with its name in lowercase, identifies the caller or the caller's tenant.
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
            // Audiences differ by issuer and token version, so a condition on the other issuer's `aud` does not refuse
            // this token's. A Null condition does not either, because that issuer's tokens have the key.
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

    /// The values by which policies name the caller.
    private static func ids(of claims: Claims) -> [String] {
        [claims.subject, claims.clientID].compactMap(\.self)
            + Condition.namesOfCaller.sorted().flatMap { claims.texts(at: $0) }
    }
}

extension Condition {
    /// Whether a value of the condition matches the text or differs only slightly; a policy variable matches any text.
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
    /// Whether the two texts are spellings of the same value; a URI and a GUID may name different applications.
    fileprivate var isOfSameText: Bool {
        switch self {
        case .letterCase, .trailingSlash, .whitespace, .enclosed, .malformedGUID, .scope, .missingScheme,
            .severalDifferences:
            true
        default: false
        }
    }

    /// Whether this difference shows that a condition of a Deny statement is intended to match the request.
    var isDenialMistake: Bool {
        switch self {
        case .uriForGUID, .guidForURI, .variableAbsent, .variableInOldVersion: false
        default: true
        }
    }
}
