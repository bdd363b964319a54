import Federation

/// A claim that a condition is meant to test, and whose values in the token the condition is meant to refuse.
///
/// The request does not have the condition's key, because the key has a mistake, or because AWS has no key for the claim.
/// AWS then ignores the token's values, but the condition still states a decision of the policy's author. Source: IAM
/// user guide, condition keys for web identity federation.
package struct RefusedClaim: Hashable, Sendable {
    /// The claim's name in lowercase: `oid`.
    package let name: String
    /// The token's values; empty if the token does not have the claim.
    package let found: [String]

    /// Finds the claim; `nil` if the request has the key, the claim is not known, or the token's values or values with a
    /// small difference from them meet the condition.
    init?(of condition: Condition, in context: RequestContext) {
        guard let claims = context.claims, context.entry(foldedKey: condition.foldedKey) == nil,
            let claim = Self.claim(meantBy: condition, claims, in: context)
        else { return nil }
        name = claim.lowercased()
        found = Self.values(of: name, claims)
        let comparison = condition.operator.comparison
        let candidates = Condition.identityClaims.contains(name) ? found + Self.ids(of: claims) : found
        if comparison == .null || candidates.isEmpty {
            let entry = found.isEmpty ? nil : RequestContext.Entry.values(found)
            guard condition.outcome(for: entry, in: context) == .no else { return nil }
            return
        }
        let affirmed = condition.comparing(by: comparison.affirmed)
        let matches = candidates.contains { affirmed.mayMean($0, in: context) }
        guard matches == comparison.isNegated else { return nil }
    }

    /// Whether the claim identifies the caller or the caller's tenant.
    package var identifiesCaller: Bool { Self.identifiesCaller(name) }

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
        case .otherIssuer(let key):
            // Each issuer and each token version has its own audiences, and the other issuer's tokens have all the keys.
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
    /// Whether a value of the condition is this text, matches it, or differs from it only slightly.
    fileprivate func mayMean(_ text: String, in context: RequestContext) -> Bool {
        if !variableKeys.isEmpty || version == .v2008 && values.contains(where: { $0.contains("${") }) {
            return true
        }
        let folded = text.lowercased()
        return outcome(for: .values([text]), in: context) != .no
            || values.contains { value in
                WildcardPattern(value.lowercased()).matches(folded)
                    || value.trimmingDecoration.lowercased() == folded
                    || NearMiss(betweenRequired: value, found: text)?.isOfSameText == true
            }
    }
}

extension NearMiss {
    /// Whether the two texts are spellings of one text; a URI and a GUID can name two applications.
    fileprivate var isOfSameText: Bool {
        switch self {
        case .letterCase, .trailingSlash, .whitespace, .enclosed, .scope: true
        default: false
        }
    }

    /// Whether a condition with this mistake is meant to match the request, unless it refuses a claim.
    var isDenialMistake: Bool {
        switch self {
        case .uriForGUID, .guidForURI, .variableAbsent, .variableInOldVersion: false
        default: true
        }
    }
}
