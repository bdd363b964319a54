package import Federation
import FoundationEssentials
import TrustPolicy

extension Claims {
    /// Parses a saved token in any supported format.
    ///
    /// The formats: a compact JWS, signed or with an empty signature; the claims as JSON; the response of a
    /// token endpoint, the Azure CLI, GitHub, or Kubernetes; or the output of `cambist claims --json`.
    ///
    /// - Throws: ``TokenFormatError`` for any other text.
    package init(saved text: Secret) throws(TokenFormatError) {
        var trimmed = text.reveal().trimmed
        if trimmed.hasPrefix("\u{FEFF}") { trimmed.removeFirst() }
        for prefix in ["Authorization: ", "Bearer "] where trimmed.hasPrefix(prefix) {
            trimmed.removeFirst(prefix.count)
        }
        if trimmed.hasPrefix("\""), let inner = JSONValue(text: trimmed)?.string { trimmed = inner }
        guard let first = trimmed.first, "{[".contains(first) else {
            self = try Claims(decoding: Secret(trimmed), allowsUnsigned: true)
            return
        }
        let members: [String: JSONValue]
        do throws(JSONError) {
            let value = try JSONValue(parsing: Data(trimmed.utf8), limit: 2 * Claims.maximumPartSize)
            members = value.members ?? [:]
        } catch {
            guard case .malformed = error else { throw .overLimit(part: "text", error) }
            // Only the place is shown, because the text can contain a token.
            let place = JSONDefect(in: text.reveal()).map { " at \($0.place)" } ?? ""
            throw .notClaims(reason: "it has a syntax error\(place)")
        }
        if first == "[" { throw .notClaims(reason: "it is an array and not an object") }
        let names = ["access_token", "accessToken", "id_token", "idToken", "token", "value"]
        let tokens =
            names.compactMap { members[$0]?.string }
            + [members["status"]?["token"]?.string].compactMap(\.self)
        if let token = tokens.first {
            self = try Claims(decoding: Secret(token), allowsUnsigned: true)
        } else if case .object(let payload) = members["claims"] ?? members["payload"] {
            let header =
                if case .object(let header) = members["header"] { header } else { [String: JSONValue]() }
            self.init(header: header, payload: payload)
        } else if ["iss", "aud", "sub", "exp", "iat"].contains(where: { members[$0] != nil }) {
            self.init(header: [:], payload: members)
        } else {
            throw .noToken(
                members: members.keys.sorted().prefix(10).map { VisibleText.oneLine($0, limit: 40) }
            )
        }
    }
}

extension TokenEvidence {
    /// Parses a saved token, or the error that a token source or `az` printed in its place.
    package init(saved text: Secret) {
        do throws(TokenFormatError) {
            self = .claims(try Claims(saved: text))
        } catch {
            guard let refusal = SavedRefusal(text.reveal()) else {
                self = .malformed(error)
                return
            }
            self = .failed(refusal.failure, source: refusal.source)
        }
    }
}

/// The error response of a token endpoint, or the error message of a program, that was saved as a token.
private struct SavedRefusal {
    let failure: Failure
    /// The source whose table of errors lists the error; `auto` if none does.
    let source: TokenSourceKind

    init?(_ text: String) {
        var trimmed = text.trimmed
        if trimmed.hasPrefix("\u{FEFF}") { trimmed.removeFirst() }
        let isResponse: Bool
        let code: String
        let message: String
        if let response = JSONValue(text: trimmed), response.members != nil {
            guard let fields = Self.fields(of: response) else { return nil }
            (code, message) = fields
            isResponse = true
        } else {
            guard trimmed.contains(" ") else { return nil }
            (code, message) = ("", VisibleText.oneLine(trimmed, limit: 2000))
            isResponse = false
        }
        let entra = (AADSTSCode(in: message) ?? AADSTSCode(in: code)).map { "AADSTS\($0.value)" }
        let seen = Self.failure(entra ?? code, message)
        let isCLI = message.contains("az login") || message.contains("az: ")
        let sources: [TokenSourceKind] = (isCLI ? [.azureCLI] : []) + TokenSourceKind.hostServices
        // A known text is more specific than a code, which several services use.
        let found =
            sources.first { KnownError.row($0, failure: Self.failure("", message)) != nil }
            ?? sources.first { KnownError.row($0, failure: seen) != nil }
        // Without a code or a known text, the text may be any sentence.
        guard isResponse || entra != nil || found != nil else { return nil }
        let isNamed = seen.code.isEmpty || message.contains(seen.code)
        let parts = isNamed ? [message] : [seen.code, message].filter { !$0.isEmpty }
        failure = Self.failure(
            seen.code,
            "the text is an error, not a token: \(parts.joined(separator: ": "))"
        )
        source = found ?? .auto
    }

    private static func failure(_ code: String, _ message: String) -> Failure {
        Failure(
            kind: .refused,
            code: code,
            message: message,
            fix: "Request the token again from its source, and correct the error that the source reports."
        )
    }

    /// The code and the message of an error response; `nil` for JSON without an error.
    private static func fields(of response: JSONValue) -> (code: String, message: String)? {
        let error = response["error"]
        let status = response["statusCode"].map { $0.string ?? $0.compactText }
        let code = error?.string ?? error?["code"]?.string ?? response["code"]?.string ?? status
        let message =
            response["error_description"]?.string ?? error?["message"]?.string ?? response["message"]?.string
        guard let code, error != nil || message != nil else { return nil }
        return (code, VisibleText.oneLine(message ?? "", limit: 2000))
    }
}

extension PolicyError {
    /// Recognizes the AWS CLI's error message that was saved as a trust policy; `nil` for another text.
    init?(savedError text: String) {
        let pattern = /An error occurred \((?<code>\w+)\) when calling the \w+ operation/
        guard let match = text.firstMatch(of: pattern) else { return nil }
        self.init(
            code: String(match.code),
            message: "The text is an error, not a trust policy: \(VisibleText.oneLine(text, limit: 2000))"
        )
    }
}

extension OIDCProvider {
    /// Parses provider records in the AWS CLI's output format.
    ///
    /// The text is the output of `get-open-id-connect-provider`, which has no ARN; an array of such records,
    /// each with `Arn` or `OpenIDConnectProviderArn`; or the output of `list-open-id-connect-providers`,
    /// which has only ARNs.
    ///
    /// - Throws: ``ProviderFormatError`` for any other text.
    package static func records(json text: String) throws(ProviderFormatError) -> [OIDCProvider] {
        guard let value = JSONValue(text: text) else { throw .notJSON }
        let elements: [JSONValue] =
            switch value["OpenIDConnectProviderList"] ?? value {
            case .array(let elements): elements
            case let record: [record]
            }
        var providers: [OIDCProvider] = []
        for (index, element) in elements.enumerated() {
            guard let provider = OIDCProvider(record: element) else { throw .noProvider(index: index) }
            providers.append(provider)
        }
        return providers
    }

    private init?(record: JSONValue) {
        let arn = (record["Arn"] ?? record["OpenIDConnectProviderArn"])?.string
        let path = arn.flatMap(ARN.init)?.resource
        let prefix = "oidc-provider/"
        let registered = path.flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
        guard let url = record["Url"]?.string ?? registered else { return nil }
        self.init(
            arn: arn,
            url: url,
            clientIDs: record["ClientIDList"]?.strings,
            thumbprints: record["ThumbprintList"]?.strings ?? [],
            created: record["CreateDate"]?.string.flatMap(Date.init(policyText:))
        )
    }
}

/// The reason that a text contains no provider records.
package enum ProviderFormatError: Error, Hashable, Sendable {
    case notJSON
    /// The record at `index`, from 0, has neither `Url` nor a provider's ARN.
    case noProvider(index: Int)
}

extension ProviderFormatError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON: "The text is not JSON."
        case .noProvider(let index): "Record \(index) has neither Url nor the ARN of an OIDC provider."
        }
    }
}
