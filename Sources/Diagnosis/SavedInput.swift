package import Federation
import FoundationEssentials
import TrustPolicy

extension Claims {
    /// Parses a saved token in any supported format.
    ///
    /// The formats:
    /// - a compact JWS, signed or with an empty signature
    /// - the claims as JSON
    /// - the response of a token endpoint, the Azure CLI, GitHub, or Kubernetes
    /// - the output of `cambist claims --json`
    ///
    /// - Throws: ``TokenFormatError`` for any other text; for a saved AWS error,
    ///   ``TokenFormatError/errorOfAWS(code:)``.
    package init(saved text: Secret) throws(TokenFormatError) {
        var trimmed = text.reveal().trimmed
        if trimmed.hasPrefix("\u{FEFF}") { trimmed.removeFirst() }
        for prefix in ["Authorization: ", "Bearer "] where trimmed.hasPrefix(prefix) {
            trimmed.removeFirst(prefix.count)
        }
        if trimmed.hasPrefix("\""), let inner = JSONValue(text: trimmed)?.string { trimmed = inner }
        if let error = SavedAWSError(trimmed) { throw .errorOfAWS(code: error.code) }
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
            // Only the position is shown, because the text can contain a token.
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
    /// Parses a saved token, or the error that a token source or `az` printed in place of a token.
    package init(saved text: Secret) {
        do throws(TokenFormatError) {
            self = .claims(try Claims(saved: text))
        } catch {
            if case .errorOfAWS = error {
                self = .malformed(error)
                return
            }
            guard let refusal = SavedRefusal(text.reveal()) else {
                self = .malformed(error)
                return
            }
            self = .failed(
                refusal.failure(named: "the text is an error, not a token"),
                source: refusal.source
            )
        }
    }
}

/// A saved error: the response of a token endpoint, or the message of a program.
private struct SavedRefusal {
    private let code: String
    /// The message, preceded by the code unless the message contains the code.
    private let text: String
    /// The source with this error in its table of known errors; `auto` if no table has the error.
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
        // A text in a table is more specific than a code, because several services use the same codes.
        let found =
            sources.first { KnownError.row($0, failure: Self.failure("", message)) != nil }
            ?? sources.first { KnownError.row($0, failure: seen) != nil }
        // Without a code or a text from a table, the input may be any sentence.
        guard isResponse || entra != nil || found != nil else { return nil }
        let isNamed = seen.code.isEmpty || message.contains(seen.code)
        let parts = isNamed ? [message] : [seen.code, message].filter { !$0.isEmpty }
        self.code = seen.code
        self.text = parts.joined(separator: ": ")
        source = found ?? .auto
    }

    /// Returns the failure; a description of the input precedes the error: `the text is an error, not a token`.
    func failure(named description: String) -> Failure {
        Self.failure(code, "\(description): \(text)")
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

/// An error of STS or IAM that was saved in place of other input.
///
/// The formats: the AWS CLI's message, and the XML and JSON of both services. Sources: STS and IAM API references,
/// common errors; AWS CLI user guide, return codes and error messages.
struct SavedAWSError {
    let code: String
    /// The code and the message, in one line.
    let description: String
    /// Whether the error is about a call to STS.
    let isOfSTS: Bool

    /// Recognizes an error; `nil` for another text.
    init?(_ text: String) {
        let found: (code: String?, message: String?, operation: String?)
        if text.contains("An error occurred ("),
            let match = text.firstMatch(
                of: /An error occurred \((?<code>\w+)\) when calling the (?<operation>\w+) operation/
            )
        {
            found = (String(match.code), text, String(match.operation))
        } else if text.hasPrefix("<") {
            // Services of other vendors have other namespaces or none.
            guard text.contains(/<(?:\w+:)?(?:ErrorResponse|Error)[\s>]/) else { return nil }
            let code = text.firstMatch(of: /<(?:\w+:)?Code>\s*([^<\s]+)\s*</).map { String($0.output.1) }
            let message = text.firstMatch(of: /<(?:\w+:)?Message>([^<]*)</).map { String($0.output.1) }
            found = (code, message, nil)
        } else {
            guard text.hasPrefix("{"), let value = JSONValue(text: text) else { return nil }
            let response = value["ErrorResponse"] ?? value
            let error = response["Error"] ?? response
            let type = error["__type"]?.string?.split(separator: "#").last.map(String.init)
            guard let code = error["Code"]?.string ?? type else { return nil }
            found = (code, (error["Message"] ?? error["message"])?.string, nil)
        }
        guard let code = found.code else { return nil }
        self.code = VisibleText.oneLine(code, limit: 100)
        let message = VisibleText.oneLine(found.message ?? "", limit: 2000)
        description =
            message.isEmpty ? self.code : message.contains(code) ? message : "\(self.code): \(message)"
        isOfSTS =
            found.operation?.hasPrefix("AssumeRole") == true || found.operation == "GetCallerIdentity"
            || text.contains("https://sts.amazonaws.com/doc") || message.contains("sts:AssumeRole")
    }

    /// The advice on the credentials of the program that saved the error, as sentences.
    ///
    /// `nil` if the error is not about credentials or permissions. The advice contains no setting of cambist's
    /// configuration, because another program made the call.
    var credentialAdvice: String? {
        let caller = "the credentials of the program that saved the error, such as `aws`"
        switch code {
        case "AccessDenied", "AccessDeniedException":
            return
                "AWS denied the call to \(caller). Decide whether these credentials may read the role. If so, ask "
                + "the account's administrator to grant them iam:GetRole; otherwise, use other credentials."
        case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
            "SignatureDoesNotMatch":
            return "AWS rejected \(caller). Renew or replace them."
        default:
            return nil
        }
    }

    /// The advice to run `explain` for an explanation of an STS error.
    static let advice =
        "No option reads an error of AWS: run `cambist explain MAPPING`, which makes the call and explains its error."
}

extension PolicyError {
    /// Recognizes an error of AWS or of a token source that was saved as a trust policy; `nil` for another text.
    init?(savedError text: String) {
        if let error = SavedAWSError(text) {
            let isKnown = KnownError.find(.iam, code: error.code, message: error.description) != nil
            self.init(
                code: error.isOfSTS ? Self.malformedCode : error.code,
                message:
                    "The text is an error of \(error.isOfSTS ? "STS" : "AWS"), not a trust policy: \(error.description)",
                advice: error.isOfSTS
                    ? "\(Self.reading) \(SavedAWSError.advice)"
                    : error.credentialAdvice.map { "\($0) \(Self.reading)" } ?? (isKnown ? nil : Self.reading)
            )
        } else if !text.contains("\"Statement\""), let refusal = SavedRefusal(text) {
            self.init(
                code: Self.malformedCode,
                message: refusal.failure(named: "The text is an error of a token source, not a trust policy")
                    .message,
                advice: "\(Self.reading) The option --token-file reads the error and explains it."
            )
        } else {
            return nil
        }
    }

    /// IAM's code for a document that is not a policy.
    private static let malformedCode = "MalformedPolicyDocument"
    private static let reading =
        "For the trust policy, save the output of `aws iam get-role --role-name ROLE`."
}

extension OIDCProvider {
    /// Parses provider records in the AWS CLI's output format.
    ///
    /// The formats:
    /// - the output of `get-open-id-connect-provider`, without an ARN
    /// - an array of these records, optionally with `Arn` or `OpenIDConnectProviderArn`
    /// - the output of `list-open-id-connect-providers`, with only ARNs
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
