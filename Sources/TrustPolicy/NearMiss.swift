import Federation

/// The small difference that made a condition fail.
package enum NearMiss: Hashable, Sendable {
    /// The key differs from the provider's URL in the trailing slash.
    case keySlash(correct: String)
    /// The key lacks the provider, or the colon before the claim.
    case keyForm(correct: String)
    /// The key belongs to an issuer with another tenant or token version than the token's issuer.
    case otherIssuer(correct: String)
    /// AWS has no condition key for the claim in the key.
    case unsupportedClaim(OIDCKey)
    /// The required value differs from the found value only in a trailing slash.
    case trailingSlash(found: String)
    /// The required value differs from the found value only in letter case.
    case letterCase(found: String)
    /// The required value differs from the found value only in leading or trailing white space.
    case whitespace(found: String)
    /// A URI is required where the token has a GUID.
    case uriForGUID(found: String)
    /// A GUID is required where the token has a URI.
    case guidForURI(found: String)
    /// The required value is the found audience with a scope: `/.default`, `/user_impersonation`.
    case scope(found: String)
    /// The required value is the found value in braces or quotation marks.
    case enclosed(found: String)
    /// The required value is the identity's client ID, but `sub` is the object ID.
    case clientID(found: String)
    /// The required value is the token's `aud`, but the token has `azp`, and AWS compares `azp`.
    case authorizedParty(found: String)
    /// `*` and `?` are not wildcards with this operator.
    case wildcardUnderEquals
    /// The request has several values, but the operator lacks ForAnyValue or ForAllValues.
    case setOperatorMissing
    /// `${…}` is plain text in a policy of version 2008-10-17.
    case variableInOldVersion
}

extension NearMiss {
    /// The number of values, of the token and of the condition, that are compared in pairs; further values are ignored.
    private static let pairLimit = 64

    /// Finds the small difference in a condition that failed; `nil` if there is none.
    init?(of condition: Condition, in context: RequestContext) {
        guard condition.operator.comparison.family != .existence else { return nil }
        let found = context.entry(foldedKey: condition.foldedKey)?.values ?? []
        let nearMiss =
            found.isEmpty
            ? Self.ofKey(condition, in: context)
            : Self.ofValues(condition, found: found, in: context)
        guard let nearMiss else { return nil }
        self = nearMiss
    }

    private static func ofKey(_ condition: Condition, in context: RequestContext) -> NearMiss? {
        let present = context.foldedKeys.compactMap(OIDCKey.init)
        guard let key = OIDCKey(condition.key) else {
            let folded = condition.foldedKey
            let meant = present.first { other in
                let withoutColon = "\(other.provider.droppingTrailingSlash)/\(other.name)"
                return folded == other.name || folded == withoutColon
            }
            return meant.map { NearMiss.keyForm(correct: "\($0.provider):\($0.name)") }
        }
        if let other = present.first(where: { $0.name == key.name.lowercased() }) {
            let correct = "\(other.provider):\(key.name)"
            return other.provider.droppingTrailingSlash == key.provider.lowercased().droppingTrailingSlash
                ? .keySlash(correct: correct) : .otherIssuer(correct: correct)
        }
        return key.isSupported ? nil : .unsupportedClaim(key)
    }

    private static func ofValues(
        _ condition: Condition,
        found: [String],
        in context: RequestContext
    ) -> NearMiss? {
        let comparison = condition.operator.comparison
        if found.count > 1, condition.operator.quantifier == nil { return .setOperatorMissing }
        guard comparison.family == .string || comparison.family == .arn, !comparison.isNegated else {
            return nil
        }
        if condition.version == .v2008, condition.values.contains(where: { $0.contains("${") }) {
            return .variableInOldVersion
        }
        if comparison == .stringEquals,
            condition.values.contains(where: { $0.contains { "*?".contains($0) } }),
            condition.passes(comparingBy: .stringLike, in: context)
        {
            return .wildcardUnderEquals
        }
        if comparison == .stringLike, let value = found.first(where: condition.matchesWithoutCase) {
            return .letterCase(found: value)
        }
        for value in found.prefix(pairLimit) {
            for required in condition.values.prefix(pairLimit) {
                let nearMiss = ofPair(
                    required: required,
                    found: value,
                    key: condition.key,
                    claims: context.claims
                )
                if let nearMiss { return nearMiss }
            }
        }
        return nil
    }

    private static func ofPair(required: String, found: String, key: String, claims: Claims?) -> NearMiss? {
        let name = OIDCKey(key)?.name.lowercased()
        let isEntra = claims?.issuer.map { IssuerKind(url: $0).isEntra } ?? true
        if name == "sub", isEntra, required.lowercased() == claims?.clientID?.lowercased() {
            return .clientID(found: found)
        }
        if name == "aud", claims?.authorizedParty != nil, claims?.audiences.contains(required) == true {
            return .authorizedParty(found: found)
        }
        return NearMiss(betweenRequired: required, found: found)
    }

    /// Finds the small difference between two texts; `nil` if the texts are equal or have a larger difference.
    package init?(betweenRequired required: String, found: String) {
        if required.hasSameBytes(as: found) { return nil }
        if required.lowercased() == found.lowercased() {
            self = .letterCase(found: found)
        } else if required.droppingTrailingSlash == found.droppingTrailingSlash {
            self = .trailingSlash(found: found)
        } else if required.trimmingWhitespace == found.trimmingWhitespace {
            self = .whitespace(found: found)
        } else if required.isEnclosed(found) {
            self = .enclosed(found: found)
        } else if required.isScope(of: found) {
            self = .scope(found: found)
        } else if required.hasPrefix("api://"), found.isGUID {
            self = .uriForGUID(found: found)
        } else if required.isGUID, found.hasPrefix("api://") {
            self = .guidForURI(found: found)
        } else {
            return nil
        }
    }
}

extension NearMiss: CustomStringConvertible {
    package var description: String {
        switch self {
        case .keySlash(let correct):
            "the key differs from the provider's only in the trailing slash: it must be \(correct)"
        case .keyForm(let correct):
            "the key is not the provider's URL, a colon, and the claim: it must be \(correct)"
        case .otherIssuer(let correct):
            "the key belongs to an issuer other than the token's: it must be \(correct)"
        case .unsupportedClaim(let key):
            "AWS has no condition key for the claim \(key.name); for tokens of \(key.kind.name), AWS supports "
                + (["aud", "sub", "oaud", "amr", "email"] + key.kind.issuerSpecificClaims.sorted()).joined(
                    separator: ", "
                )
        case .trailingSlash(let found):
            "the required value differs from \(found) only in the trailing slash"
        case .letterCase(let found):
            "the required value differs from \(found) only in letter case"
        case .whitespace(let found):
            "the required value differs from \(found) only in leading or trailing white space"
        case .uriForGUID(let found): "a URI is required, but the token has the GUID \(found)"
        case .guidForURI(let found): "a GUID is required, but the token has the URI \(found)"
        case .scope(let found):
            "the required value is a scope; the token's aud is only \(found)"
        case .enclosed(let found):
            "the required value encloses \(found) in braces or quotation marks"
        case .clientID:
            "the required value is the identity's client ID, but sub is its object ID"
        case .authorizedParty(let found):
            "the token has azp (\(found)), which AWS compares with the key PROVIDER:aud; use the key PROVIDER:oaud to "
                + "compare the token's aud"
        case .wildcardUnderEquals: "* and ? match only themselves here"
        case .setOperatorMissing: "the request has several values; ForAnyValue: or ForAllValues: is missing"
        case .variableInOldVersion: "policy variables require \"Version\": \"2012-10-17\""
        }
    }
}

extension Condition {
    fileprivate func passes(comparingBy comparison: Comparison, in context: RequestContext) -> Bool {
        let other = comparing(by: comparison)
        return other.outcome(for: context.entry(foldedKey: foldedKey), in: context) == .yes
    }

    fileprivate func matchesWithoutCase(_ found: String) -> Bool {
        let folded = found.lowercased()
        return values.contains { WildcardPattern($0.lowercased()).matches(folded) }
    }
}

extension String {
    /// Whether both texts have the same bytes; `==` ignores differences in composition.
    func hasSameBytes(as other: String) -> Bool {
        self == other && (utf8Span.isKnownASCII || utf8.elementsEqual(other.utf8))
    }

    /// Whether the text is the other text in braces or quotation marks.
    fileprivate func isEnclosed(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count + 2 else { return false }
        return [("{", "}"), ("\"", "\""), ("'", "'")].contains {
            $0 + other.lowercased() + $1 == lowercased()
        }
    }

    /// Whether the text is the URI or the GUID of an application, a slash, and a scope of the application.
    fileprivate func isScope(of application: String) -> Bool {
        guard application.isGUID || application.contains("://") else { return false }
        let prefix = application.droppingTrailingSlash + "/"
        guard hasPrefix(prefix) else { return false }
        let scope = dropFirst(prefix.count)
        // A single word can also end the URI of another application.
        return scope == "/.default"
            || scope.contains { "_.".contains($0) }
                && scope.allSatisfy { $0.isLetter || $0.isNumber || "_.".contains($0) }
    }

    package var droppingTrailingSlash: Substring { hasSuffix("/") ? dropLast() : self[...] }

    fileprivate var trimmingWhitespace: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// Whether the text is a GUID with hyphens and without braces.
    package var isGUID: Bool {
        let lengths = split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
        return lengths == [8, 4, 4, 4, 12]
            && utf8.allSatisfy { $0 == UInt8(ascii: "-") || Character(Unicode.Scalar($0)).isHexDigit }
    }
}
