package import FoundationEssentials

/// The header and claims of a token, decoded without verifying the signature.
package struct Claims: Hashable, Sendable {
    package let header: [String: JSONValue]
    package let payload: [String: JSONValue]
    /// Whether the token has no signature or its header has no `alg`; `false` for claims without a header.
    package let isUnsigned: Bool
    /// Whether the encoded token is longer than STS accepts; `false` for claims that were not decoded from a token.
    package let isTooLong: Bool

    package init(header: [String: JSONValue], payload: [String: JSONValue]) {
        self.header = header
        self.payload = payload
        isUnsigned = !header.isEmpty && header["alg"]?.string == nil
        isTooLong = false
    }

    /// The size limit of a decoded header or payload, in bytes.
    package static let maximumPartSize = 64 * 1024
    /// The number of characters of the longest token that STS accepts.
    package static let maximumTokenLength = 20_000

    /// Decodes a compact JWS without checking its signature.
    ///
    /// - Parameters:
    ///   - token: The compact serialization.
    ///   - allowsUnsigned: Whether a missing or empty signature is accepted, for a token that is only
    ///     displayed.
    /// - Throws: ``TokenFormatError`` if the text is not a JWT, or is a JWT that STS refuses because of its form.
    package init(decoding token: Secret, allowsUnsigned: Bool = false) throws(TokenFormatError) {
        let text = token.reveal()
        // Without this check, a sentence with periods would count as a token with parts. The prefix eyJ, the encoding
        // of {", identifies a token.
        if text.utf8.contains(UInt8(ascii: " ")), !text.hasPrefix("eyJ") { throw .words }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        switch parts.count {
        case 3: break
        // A token without the signature and the preceding dot.
        case 2 where allowsUnsigned: break
        // Two tokens on two lines also have five parts.
        case 5 where !text.contains(where: \.isWhitespace): throw .encrypted
        default: throw .wrongPartCount(parts.count)
        }
        guard allowsUnsigned || !parts[parts.count - 1].isEmpty else { throw .unsigned }
        isTooLong = text.utf8.count > Self.maximumTokenLength
        header = try Self.object(in: parts[0], part: "header")
        payload = try Self.object(in: parts[1], part: "payload")
        if let critical = header["crit"] { throw .critical(critical.strings) }
        if parts.count == 3 { _ = try Self.bytes(in: parts[2], part: "signature") }
        isUnsigned = parts.count < 3 || parts[2].isEmpty || header["alg"]?.string == nil
    }

    /// Decodes a part, which must be canonical base64url (RFC 7515, section 2; RFC 4648, section 3.5).
    private static func bytes(in part: Substring, part name: String) throws(TokenFormatError) -> Data {
        if part.utf8.last == UInt8(ascii: "="), Data(base64URL: part.prefix { $0 != "=" }) != nil {
            throw .padded(part: name)
        }
        guard let data = Data(base64URL: part) else {
            let isStandard = part.utf8.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
            throw isStandard ? .standardBase64(part: name) : .notBase64URL(part: name)
        }
        guard data.base64URL.utf8.elementsEqual(part.utf8) else { throw .notCanonical(part: name) }
        return data
    }

    private static func object(
        in part: Substring,
        part name: String
    ) throws(TokenFormatError) -> [String: JSONValue] {
        let data = try bytes(in: part, part: name)
        do throws(JSONError) {
            let value = try JSONValue(
                parsing: data,
                limit: Self.maximumPartSize,
                allowsRepeatedMembers: false
            )
            if let members = value.members { return members }
        } catch {
            switch error {
            case .tooLarge, .tooDeep: throw .overLimit(part: name, error)
            case .repeatedMember(let member): throw .repeatedMember(part: name, member)
            case .malformed: break
            }
        }
        throw .notJSONObject(part: name)
    }
}

extension Claims {
    package var algorithm: String? { header["alg"]?.string }
    package var keyID: String? { header["kid"]?.string }
    package var issuer: String? { payload["iss"]?.string }
    package var subject: String? { payload["sub"]?.string }
    package var objectID: String? { payload["oid"]?.string }
    package var tenantID: String? { payload["tid"]?.string }
    package var version: String? { payload["ver"]?.string }
    package var uniqueTokenID: String? { payload["uti"]?.string }
    /// The `aud` claim; a JWT may have several values.
    package var audiences: [String] { payload["aud"]?.strings ?? [] }
    /// The `roles` claim; empty if the identity has no app role, because Entra then omits the claim.
    package var roles: [String] { payload["roles"]?.strings ?? [] }
    /// The ID of the requesting client: `appid` in a version 1 token, `azp` in a version 2 token.
    package var clientID: String? { payload["appid"]?.string ?? authorizedParty }
    package var authorizedParty: String? { payload["azp"]?.string }
    package var issuedAt: Date? { date("iat") }
    package var notBefore: Date? { date("nbf") }
    package var expiry: Date? { date("exp") }

    /// The audience that STS compares: `azp` if the token has that claim, otherwise `aud`.
    ///
    /// Source: IAM user guide, condition keys of OIDC providers; observed with Entra's version 2 tokens.
    package var effectiveAudiences: [String] {
        authorizedParty.map { [$0] } ?? audiences
    }

    /// The claim with session tags; `nil` if the token has none.
    ///
    /// An issuer without support for nested claims uses several claims, such as
    /// `https://aws.amazon.com/tags/principal_tags/TEAM`. Source: IAM user guide, "Passing session tags using
    /// AssumeRoleWithWebIdentity".
    package var sessionTagClaim: JSONValue? {
        let name = "https://aws.amazon.com/tags"
        if let claim = payload[name] { return claim }
        let prefix = "\(name)/principal_tags/"
        var tags: [String: JSONValue] = [:]
        for (key, value) in payload where key.hasPrefix(prefix) {
            tags[String(key.dropFirst(prefix.count))] = value
        }
        let transitiveKeys = payload["\(name)/transitive_tag_keys"]
        if tags.isEmpty, transitiveKeys == nil { return nil }
        return .object(
            ["principal_tags": .object(tags), "transitive_tag_keys": transitiveKeys].compactMapValues(\.self)
        )
    }

    /// The session tags in the token, with the first value of each.
    package var sessionTags: [String: String] {
        sessionTagClaim?["principal_tags"]?.members?.compactMapValues { $0.strings.first } ?? [:]
    }

    /// The keys of the session tags that persist when the session assumes another role.
    package var transitiveTagKeys: [String] {
        sessionTagClaim?["transitive_tag_keys"]?.strings ?? []
    }

    /// The source identity in the token.
    package var sourceIdentity: String? { payload["https://aws.amazon.com/source_identity"]?.string }

    /// The roles that the issuer allows the token to assume; empty (no restriction) without the claim.
    package var authorizedRoles: [String] { payload["https://aws.amazon.com/roles"]?.strings ?? [] }

    /// The instant of a numeric date claim; `nil` outside the years 1 to 9999.
    ///
    /// Only integers are accepted, as in STS.
    private func date(_ name: String) -> Date? {
        payload[name]?.integer.flatMap(Instant.init(unixSeconds:))?.date
    }
}

/// The reason that a text is not a signed JWT.
package enum TokenFormatError: Error, Hashable, Sendable {
    case wrongPartCount(Int)
    /// Five parts: a JWE, which only the recipient can decrypt.
    case encrypted
    case unsigned
    case notBase64URL(part: String)
    /// The characters + or / of base64; base64url has - and _ instead.
    case standardBase64(part: String)
    case notJSONObject(part: String)
    /// A saved text that begins like JSON but is not a JSON object, with the reason.
    case notClaims(reason: String)
    case overLimit(part: String, JSONError)
    /// Two members with the same name; parsers disagree on which one applies.
    case repeatedMember(part: String, String)
    /// The extensions under `crit`, which a recipient must understand; STS supports none.
    case critical([String])
    case padded(part: String)
    /// Nonzero unused bits in the last character; with such bits, several texts decode to the same token.
    case notCanonical(part: String)
    /// JSON that contains neither claims nor a token, with the names of its members.
    case noToken(members: [String])
    /// Words separated by spaces, such as an error message.
    case words
    /// An error of AWS, which was saved in place of a token.
    case errorOfAWS(code: String)
}

extension TokenFormatError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongPartCount(let count):
            "The token has \(count) part\(count == 1 ? "" : "s") separated by dots; a signed JWT has three."
        case .encrypted:
            "The token has five parts: it is encrypted (JWE), and STS accepts only signed JWTs."
        case .unsigned:
            "The token's signature is empty."
        case .notBase64URL(let part):
            "The token's \(part) is not base64url."
        case .standardBase64(let part):
            "The token's \(part) has + or /: it is in standard base64, and a JWT is in base64url."
        case .notJSONObject(let part):
            "The token's \(part) is not a JSON object."
        case .notClaims(let reason):
            "The text begins like JSON, but \(reason)."
        case .overLimit(let part, let error):
            "The token's \(part) cannot be read: \(error)."
        case .repeatedMember(let part, let member):
            "The token's \(part) has the member \(member) twice; parsers disagree on which one applies."
        case .critical(let names):
            "The token's header has crit (\(names.joined(separator: ", "))): extensions that STS does not support."
        case .padded(let part):
            "The token's \(part) ends in =: base64url in a JWT has no padding."
        case .notCanonical(let part):
            "The token's \(part) is not canonical base64url: its unused bits are not zero."
        case .noToken(let members):
            "The text is JSON with neither claims nor a token; its members are \(members.joined(separator: ", "))."
        case .words:
            "The token has spaces: the text is words, such as a message, and not a signed JWT."
        case .errorOfAWS(let code):
            "The text is an error of AWS (\(code)), not a token."
        }
    }
}

extension Data {
    /// Decodes base64url without padding (RFC 7515); `nil` for an invalid character or length.
    package init?(base64URL text: some StringProtocol) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 3)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): bytes.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): bytes.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: bytes.append(byte)
            }
        }
        bytes += Array(repeating: UInt8(ascii: "="), count: (4 - bytes.count % 4) % 4)
        self.init(base64Encoded: Data(bytes))
    }

    /// The base64url encoding without padding.
    package var base64URL: String {
        let bytes = base64EncodedData().compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: byte
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
