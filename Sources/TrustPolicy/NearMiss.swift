import Federation

/// A small difference between a condition and a request, probably by mistake.
///
/// The required value is the condition's value; the found value is the request's value.
package enum NearMiss: Hashable, Sendable {
    /// The key differs from the provider's URL in the trailing slash.
    case keySlash(correct: String)
    /// The key lacks the provider, or the colon before the claim.
    case keyForm(correct: String)
    /// The key begins with a scheme (`https://`) or with the part of a provider's ARN before the URL.
    case keyPrefix(String, correct: String)
    /// The key has white space or invisible characters; `character` describes the first of these characters.
    case keyBlank(character: String, correct: String)
    /// The key has the URL of the token's provider, but a misspelled claim.
    case misspelledClaim(correct: String)
    /// The key does not exist, but is similar to a key of AWS or to the key of a session tag in the request.
    case misspelledKey(correct: String)
    /// The key belongs to another issuer (for example, to another tenant or to the other token version).
    case otherIssuer(correct: String)
    /// The key contains a claim for which AWS has no condition key.
    case unsupportedClaim(OIDCKey)
    /// The required value differs from the found value only in a trailing slash.
    case trailingSlash(found: String)
    /// The required value differs from the found value only in letter case.
    case letterCase(found: String)
    /// The values differ only in white space or invisible characters; `character` describes the first difference.
    case whitespace(found: String, character: String)
    /// The condition requires a URI, but the token has a GUID.
    case uriForGUID(found: String)
    /// The condition requires a GUID, but the token has a URI.
    case guidForURI(found: String)
    /// The required value is the found URI without `api://`.
    case missingScheme(found: String)
    /// The required audience differs from the found audience in one digit of a GUID; `position` counts from 1.
    case differentDigit(found: String, position: Int)
    /// The values differ in at least two of these: letter case, trailing slash, white space, and `api://`.
    case severalDifferences(found: String, differences: String)
    /// The required value is the found audience with a scope, such as `/.default` or `/user_impersonation`.
    case scope(found: String)
    /// The required value is the found value in braces or quotation marks.
    case enclosed(found: String)
    /// The required value is a malformed form of the found GUID; `defect` completes a sentence: "the value has no hyphens".
    case malformedGUID(found: String, defect: String)
    /// The required value is the identity's client ID, but `sub` is the object ID.
    case clientID(found: String)
    /// The required value is the value of another claim in the token.
    case otherClaim(name: String, found: String)
    /// The required value is the token's `aud`, but AWS compares the token's `azp`.
    case authorizedParty(found: String)
    /// `*` and `?` are not wildcards with this operator.
    case wildcardUnderEquals
    /// The request has several values, but the operator lacks ForAnyValue or ForAllValues.
    case setOperatorMissing
    /// The value has `${…}`, which is plain text in a policy of version 2008-10-17.
    case variableInOldVersion
    /// Each required value has a policy variable without a value in the request; `key` is the first of these variables.
    case variableAbsent(key: String)
}

extension NearMiss {
    /// The maximum number of values on each side for a comparison of all pairs.
    private static let pairLimit = 64

    /// Finds the small difference that made a condition fail; `nil` if there is none.
    init?(of condition: Condition, in context: RequestContext) {
        guard let nearMiss = Self.find(in: condition, context) else { return nil }
        self = nearMiss
    }

    /// Finds the small difference that made a Deny statement's condition pass; `nil` if there is none.
    ///
    /// For example, a Deny statement has StringNotEquals with a list of permitted callers. A typing mistake in the list
    /// makes the condition pass for a permitted caller, so the statement can deny the caller's request.
    init?(exempting condition: Condition, in context: RequestContext) {
        let comparison = condition.operator.comparison
        let isAbsent = context.entry(foldedKey: condition.foldedKey) == nil
        guard isAbsent || comparison.isNegated,
            let nearMiss = Self.find(in: condition.comparing(by: comparison.affirmed), context)
        else { return nil }
        self = nearMiss
    }

    private static func find(in condition: Condition, _ context: RequestContext) -> NearMiss? {
        guard let entry = context.entry(foldedKey: condition.foldedKey) else {
            return ofKey(condition, in: context)
        }
        let comparison = condition.operator.comparison
        if comparison == .null { return nil }
        if !comparison.isNegated, let key = condition.unresolvableVariable(in: context) {
            return .variableAbsent(key: key)
        }
        return ofValues(condition, found: entry.values, in: context)
    }

    private static func ofKey(_ condition: Condition, in context: RequestContext) -> NearMiss? {
        let present = context.providerKeys
        if let character = condition.key.firstBlank(missingIn: condition.key.withoutAnyBlanks) {
            let folded = condition.key.withoutAnyBlanks.lowercased()
            if let own = present.first(where: { $0.description.lowercased() == folded }) {
                return .keyBlank(character: character, correct: own.description)
            }
        }
        if let correct = context.meantKey(of: condition.key) {
            let character = condition.key.firstBlank(missingIn: condition.key.withoutBlanks)
            let isSpelled = condition.key.withoutBlanks.lowercased() == correct.lowercased()
            return character.flatMap { isSpelled ? .keyBlank(character: $0, correct: correct) : nil }
                ?? .misspelledKey(correct: correct)
        }
        let prefix = condition.key.surplusKeyPrefix
        let text = String(condition.key.dropFirst(prefix.count))
        guard let key = OIDCKey(text) else {
            let folded = text.lowercased()
            let meant = present.first { other in
                let withoutColon = "\(other.provider.droppingTrailingSlash)/\(other.name)"
                return folded == other.name || folded == withoutColon.lowercased()
            }
            return meant.map { .keyForm(correct: $0.description) }
        }
        if let own = present.first(where: { $0.name == key.name.lowercased() }) {
            let correct = "\(own.provider):\(key.name)"
            guard own.isOfSameProvider(as: key) else { return .otherIssuer(correct: correct) }
            return prefix.isEmpty ? .keySlash(correct: correct) : .keyPrefix(prefix, correct: correct)
        }
        if key.isSupported { return nil }
        return misspelling(of: key, among: present, claims: context.claims) ?? .unsupportedClaim(key)
    }

    /// Wrong names of claims in policies, with the correct names.
    private static let claimWords = ["audience": "aud", "subject": "sub"]

    private static func misspelling(
        of key: OIDCKey,
        among present: [OIDCKey],
        claims: Claims?
    ) -> NearMiss? {
        let name = key.name.lowercased()
        // A name that exists as a claim in the token or in Entra's documentation is not misspelled.
        guard claims?.payload[key.name] == nil, ClaimMeaning.of(name) == nil else { return nil }
        let own = present.filter { $0.isOfSameProvider(as: key) }
        let meant = claimWords[name] ?? NearestName.of(name, among: own.map(\.name))
        if let correct = own.first(where: { $0.name == meant }) {
            return .misspelledClaim(correct: correct.description)
        }
        guard let provider = own.first?.provider else { return nil }
        // AWS may have a key for only one of two similar claims (for example, for repository_owner_id, but not for
        // repository_owner).
        let isClose = { (other: String) in abs(other.count - name.count) <= 1 }
        let supported = IssuerKind.commonClaims.union(key.kind.issuerSpecificClaims)
        if let correct = NearestName.of(name, among: supported.filter(isClose)) {
            return .misspelledClaim(correct: "\(provider):\(correct)")
        }
        // The name may be a misspelling of a claim for which AWS has no key.
        let claims = claims?.payload.keys.filter { isClose($0) && $0.count > 3 } ?? []
        return NearestName.of(name, among: claims.sorted()).map {
            .unsupportedClaim(OIDCKey(provider: provider, name: $0))
        }
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
            condition.values.contains(where: condition.hasPlainWildcard),
            condition.passes(comparingBy: .stringLike, in: context)
        {
            return .wildcardUnderEquals
        }
        if comparison == .stringLike,
            let value = found.first(where: { condition.matchesWithoutCase($0, in: context) })
        {
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
        if let nearMiss = NearMiss(betweenRequired: required, found: found, ofClaim: name) {
            return nearMiss
        }
        guard name == "sub" || name == "aud", !required.hasSameBytes(as: found),
            let other = claims?.claim(withValue: required)
        else { return nil }
        return .otherClaim(name: other, found: found)
    }

    /// Finds the small difference between two values of a claim; `nil` for equal values or a larger difference.
    ///
    /// A different digit in a GUID counts as a small difference only in an audience. A subject with a different digit
    /// can be another identity.
    package init?(betweenRequired required: String, found: String, ofClaim name: String?) {
        if let nearMiss = NearMiss(betweenRequired: required, found: found) {
            self = nearMiss
        } else if name == "aud" || name == "oaud",
            let position = required.positionOfOnlyDigit(differingFrom: found)
        {
            self = .differentDigit(found: found, position: position)
        } else {
            return nil
        }
    }

    /// Finds the small difference between two texts; `nil` for equal texts or a larger difference.
    package init?(betweenRequired required: String, found: String) {
        if required.hasSameBytes(as: found) { return nil }
        if required.lowercased() == found.lowercased() {
            self = .letterCase(found: found)
        } else if required.droppingTrailingSlash == found.droppingTrailingSlash {
            self = .trailingSlash(found: found)
        } else if required.withoutBlanks.hasSameBytes(as: found.withoutBlanks) {
            let own = required.firstBlank(missingIn: found).map { "the required value has \($0)" }
            let other = found.firstBlank(missingIn: required).map { "the other value has \($0)" }
            self = .whitespace(found: found, character: own ?? other ?? "white space")
        } else if required.isEnclosed(found) {
            self = .enclosed(found: found)
        } else if required.isScope(of: found) {
            self = .scope(found: found)
        } else if !required.isGUID, !required.isEmpty, "api://\(required)".hasSameBytes(as: found) {
            self = .missingScheme(found: found)
        } else if let differences = required.differencesOfSpelling(from: found) {
            self = .severalDifferences(found: found, differences: differences)
        } else if required.hasPrefix("api://"), found.isGUID, !required.isURI(ofApplicationOtherThan: found) {
            self = .uriForGUID(found: found)
        } else if required.isGUID, found.hasPrefix("api://"), !found.isURI(ofApplicationOtherThan: required) {
            self = .guidForURI(found: found)
        } else if let defect = required.defect(comparedWithGUID: found) {
            self = .malformedGUID(found: found, defect: defect)
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
        case .keyPrefix(let prefix, let correct):
            "the key begins with \(prefix), which AWS omits in condition keys: it must be \(correct)"
        case .keyBlank(let character, let correct):
            "the key has \(character), so no request has the key: it must be \(correct)"
        case .misspelledClaim(let correct):
            "the claim in the key is misspelled, so no request has the key: it must be \(correct)"
        case .misspelledKey(let correct):
            "the key is misspelled, so no request has the key: it must be \(correct)"
        case .otherIssuer(let correct):
            "the key belongs to an issuer other than the token's; the key for this token is \(correct)"
        case .unsupportedClaim(let key):
            "AWS has no condition key for the claim \(key.name); for tokens of \(key.kind.name), AWS supports "
                + (["aud", "sub", "oaud", "amr", "email"] + key.kind.issuerSpecificClaims.sorted()).joined(
                    separator: ", "
                )
        case .trailingSlash(let found):
            "the required value differs from \(found) only in the trailing slash"
        case .letterCase(let found):
            "the required value differs from \(found) only in letter case"
        case .whitespace(let found, let character):
            "the required value differs from \(found) only in white space or invisible characters: \(character)"
        case .uriForGUID(let found): "a URI is required, but the token has the GUID \(found)"
        case .guidForURI(let found): "a GUID is required, but the token has the URI \(found)"
        case .missingScheme(let found): "the required value lacks the api:// of \(found)"
        case .differentDigit(let found, let position):
            "the required value differs from \(found) only in the digit at character \(position)"
        case .severalDifferences(let found, let differences):
            "the required value differs from \(found) only in \(differences)"
        case .scope(let found):
            "the required value is a scope; the token's aud is only \(found)"
        case .enclosed(let found):
            "the required value encloses \(found) in braces or quotation marks"
        case .malformedGUID(let found, let defect):
            "the required value is not the GUID \(found): the value \(defect)"
        case .clientID:
            "the required value is the identity's client ID, but sub is its object ID"
        case .otherClaim(let name, let found):
            "the required value is the token's \(name), but the compared claim has the value \(found)"
        case .authorizedParty(let found):
            "AWS compares the key with the token's azp (\(found)); the key of the token's aud ends in :oaud"
        case .wildcardUnderEquals: "* and ? match only themselves here"
        case .setOperatorMissing: "the request has several values; ForAnyValue: or ForAllValues: is missing"
        case .variableInOldVersion:
            "in this policy's version, ${…} is plain text: policy variables require \"Version\": \"2012-10-17\""
        case .variableAbsent(let key): "the request has no value for the policy variable ${\(key)}"
        }
    }
}

extension Condition {
    fileprivate func passes(comparingBy comparison: Comparison, in context: RequestContext) -> Bool {
        let other = comparing(by: comparison)
        return other.outcome(for: context.entry(foldedKey: foldedKey), in: context) == .yes
    }

    fileprivate func matchesWithoutCase(_ found: String, in context: RequestContext) -> Bool {
        let options = PolicyText.ParsingOptions(
            hasWildcards: true,
            hasVariables: version == .v2012,
            foldsCase: true
        )
        let folded = found.lowercased()
        return values.contains { value in
            value.contains("${")
                ? PolicyText(value, options: options).matches(folded, in: context) == .yes
                : WildcardPattern(value.lowercased()).matches(folded)
        }
    }
}

extension Claims {
    /// The preferred claims, in order, if several claims have the same value (for example, `idp` and `iss`).
    private static let commonNames = ["appid", "azp", "oid", "upn", "email", "xms_mirid", "tid", "iss"]

    /// Returns the name of a claim with this value, ignoring letter case; `nil` if only `sub` or `aud` has the value.
    ///
    /// A text of up to three bytes, such as `1.0`, is too short for identifying a claim.
    package func claim(withValue text: String) -> String? {
        guard text.utf8.count > 3 else { return nil }
        let folded = text.lowercased()
        let names = payload.filter { $0.value.string?.lowercased() == folded }.map(\.key)
        return Self.commonNames.first(where: names.contains)
            ?? names.filter { $0 != "sub" && $0 != "aud" }.min()
    }
}

extension OIDCKey {
    /// Returns whether both keys have the same provider, ignoring letter case and a trailing slash.
    fileprivate func isOfSameProvider(as other: OIDCKey) -> Bool {
        provider.lowercased().droppingTrailingSlash == other.provider.lowercased().droppingTrailingSlash
    }
}

extension String {
    /// Whether the text is the identifier URI of an application with another ID, such as `api://` and a GUID.
    ///
    /// Any other URI, such as `api://logging`, does not show the application's ID. Source: Microsoft, "Restrictions on
    /// identifier URIs of Microsoft Entra applications".
    package func isURI(ofApplicationOtherThan id: String) -> Bool {
        let name = hasPrefix("api://") ? String(dropFirst("api://".count)) : ""
        return name.isGUID && name.lowercased() != id.lowercased()
    }

    /// The superfluous beginning of a condition key: a scheme, or the part of a provider's ARN before the URL.
    var surplusKeyPrefix: String {
        let folded = lowercased()
        if let scheme = ["https://", "http://"].first(where: folded.hasPrefix) {
            return String(prefix(scheme.count))
        }
        let resource = "oidc-provider/"
        guard folded.hasPrefix("arn:") || folded.hasPrefix(resource) else { return "" }
        return firstRange(of: resource).map { String(self[..<$0.upperBound]) } ?? ""
    }

    /// Returns whether both texts have the same bytes; `==` would treat composed and decomposed `é` as equal.
    func hasSameBytes(as other: String) -> Bool {
        self == other && (utf8Span.isKnownASCII || utf8.elementsEqual(other.utf8))
    }

    /// Returns the position (from 1) of the only different character, if the character is a digit of a GUID.
    fileprivate func positionOfOnlyDigit(differingFrom other: String) -> Int? {
        let (own, found) = (Array(utf8), Array(other.utf8))
        guard own.count == found.count, own.count <= 1024 else { return nil }
        let differing = own.indices.filter { own[$0] != found[$0] }
        guard differing.count == 1, let index = differing.first else { return nil }
        let length = 36
        let isInGUID = (max(0, index - length + 1)...index).contains { start in
            let end = start + length
            return end <= own.count && String(decoding: own[start..<end], as: UTF8.self).isGUID
                && String(decoding: found[start..<end], as: UTF8.self).isGUID
        }
        return isInGUID ? index + 1 : nil
    }

    /// Returns the differences from another text, as a phrase such as "the trailing slash and letter case".
    ///
    /// The result is `nil` for fewer than two differences, or if the texts differ in other ways.
    fileprivate func differencesOfSpelling(from other: String) -> String? {
        guard utf8.count <= 1024, other.utf8.count <= 1024 else { return nil }
        let scheme = "api://"
        var (own, found) = (self, other)
        var differences: [String] = []
        if own.withoutBlanks != own || found.withoutBlanks != found {
            (own, found) = (own.withoutBlanks, found.withoutBlanks)
            differences.append("white space or invisible characters")
        }
        if found.lowercased().hasPrefix(scheme), !own.lowercased().hasPrefix(scheme) {
            found.removeFirst(scheme.count)
            differences.append("the missing \(scheme)")
        }
        if own.hasSuffix("/") != found.hasSuffix("/") {
            (own, found) = (String(own.droppingTrailingSlash), String(found.droppingTrailingSlash))
            differences.append("the trailing slash")
        }
        if !own.hasSameBytes(as: found) {
            guard own.lowercased() == found.lowercased() else { return nil }
            differences.append("letter case")
        }
        guard differences.count > 1, !own.isEmpty, let last = differences.popLast() else { return nil }
        return differences.joined(separator: ", ") + " and " + last
    }

    /// Returns whether the text is the other text in braces or quotation marks.
    fileprivate func isEnclosed(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count + 2 else { return false }
        return [("{", "}"), ("\"", "\""), ("'", "'")].contains {
            $0 + other.lowercased() + $1 == lowercased()
        }
    }

    /// Returns whether the text is an application's URI or GUID, a slash, and a scope: `api://app/user.read`.
    fileprivate func isScope(of application: String) -> Bool {
        guard application.isGUID || application.contains("://") else { return false }
        let prefix = application.droppingTrailingSlash + "/"
        guard hasPrefix(prefix) else { return false }
        let scope = dropFirst(prefix.count)
        // A segment without `.` and `_` may belong to the URI of another application.
        return scope == "/.default"
            || scope.contains { "_.".contains($0) }
                && scope.allSatisfy { $0.isLetter || $0.isNumber || "_.".contains($0) }
    }

    /// Returns the defect of a text that is similar to `guid`, as a predicate (for example, `lacks the hyphens`).
    ///
    /// The result is `nil` if the text is a GUID or is not similar to `guid`.
    fileprivate func defect(comparedWithGUID guid: String) -> String? {
        guard guid.isGUID, !isGUID, utf8.count <= 1024 else { return nil }
        let (own, other) = (lowercased(), guid.lowercased())
        let isDash = { (scalar: Unicode.Scalar) in
            !scalar.isASCII && (scalar.properties.generalCategory == .dashPunctuation || scalar == "\u{2212}")
        }
        if let index = unicodeScalars.enumerated().first(where: { isDash($0.element) }) {
            let scalars = own.unicodeScalars.map { isDash($0) ? "-" : $0 }
            guard String(String.UnicodeScalarView(scalars)) == other else { return nil }
            return
                "has \(index.element.codePointAndName) at character \(index.offset + 1) instead of a hyphen"
        }
        if own == other.replacing("-", with: "") { return "lacks the hyphens" }
        let words = own.split { $0.isWhitespace || ",;|[](){}\"'".contains($0) }
        if words.contains(where: { $0.split(separator: ":").last.map(String.init) == other }) {
            return words.count > 1
                ? "is a list in a single text, but each value is a separate string in a JSON array"
                : "has further characters besides the GUID"
        }
        let (characters, digits) = (Array(own), Array(other))
        switch characters.count - digits.count {
        case -1 where characters.isRemoval(from: digits): return "lacks a character"
        case 1 where digits.isRemoval(from: characters): return "has one character too many"
        case 0 where zip(characters, digits).count(where: { $0 != $1 }) == 1:
            return "has a character that does not belong in a GUID"
        default: return nil
        }
    }

    package var droppingTrailingSlash: Substring { hasSuffix("/") ? dropLast() : self[...] }
}

extension [Character] {
    /// Returns whether the text is the other text without one character.
    fileprivate func isRemoval(from other: [Character]) -> Bool {
        let start = zip(self, other).prefix { $0 == $1 }.count
        return self[start...].elementsEqual(other[(start + 1)...])
    }
}
