import AWS
import Crypto
import FoundationEssentials

/// An `Authorization` header of Signature Version 4, parsed strictly.
struct AuthorizationHeader: Hashable, Sendable {
    let accessKeyID: String
    /// The date in the credential scope, `YYYYMMDD`.
    let date: String
    let region: String
    let service: String
    let terminator: String
    /// The names of the signed headers, in lower case and in the order of the header.
    let signedHeaders: [String]
    let signature: String
    /// The time of the request, `YYYYMMDD'T'HHMMSS'Z'`, from `X-Amz-Date` or `Date`.
    let timestamp: String

    init(_ request: WireRequest) throws(AWSFault) {
        guard let text = request.header("authorization"), !text.isEmpty else {
            throw AWSFault(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        }
        let fields = try Self.fields(text)
        let stamp = request.header("x-amz-date") ?? request.header("date")
        let missing =
            ["Credential", "Signature", "SignedHeaders"].filter { fields[$0] == nil }.map {
                "Authorization header requires '\($0)' parameter."
            }
            + (stamp == nil
                ? ["Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."]
                : [])
        guard let credential = fields["Credential"], let signature = fields["Signature"],
            let signedHeaders = fields["SignedHeaders"], let stamp
        else {
            let hash = Self.hash(text)
            throw Self.incomplete(
                missing.joined(separator: " ")
                    + " (Hashed with SHA-256 and encoded with Base64) Authorization=\(hash)"
            )
        }
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5 else {
            throw Self.incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                    + "keyid/date/region/service/term, got '\(credential)'"
            )
        }
        guard SigV4.date(of: stamp) != nil else {
            throw Self.incomplete(
                "Date must be in ISO-8601 'basic format'. Got '\(stamp)'. "
                    + "See http://en.wikipedia.org/wiki/ISO_8601"
            )
        }
        (accessKeyID, date, region, service, terminator) = (parts[0], parts[1], parts[2], parts[3], parts[4])
        self.signedHeaders = signedHeaders.split(separator: ";").map { $0.lowercased() }
        self.signature = signature
        timestamp = stamp
    }

    /// Returns the parameters of Signature Version 4; empty for any other algorithm.
    private static func fields(_ text: String) throws(AWSFault) -> [String: String] {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0] == SigV4.algorithm else { return [:] }
        var fields: [String: String] = [:]
        for field in parts[1].split(whereSeparator: { $0 == "," || $0 == " " }) {
            let sides = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw incomplete(
                    "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 "
                        + "and encoded with Base64): '\(hash(String(field)))'."
                )
            }
            fields[String(sides[0])] = String(sides[1])
        }
        return fields
    }

    private static func incomplete(_ message: String) -> AWSFault {
        AWSFault(400, "IncompleteSignature", message)
    }

    private static func hash(_ text: String) -> String {
        Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }
}

extension SigV4 {
    /// Parses a time in the format `YYYYMMDD'T'HHMMSS'Z'`; `nil` for other text.
    static func date(of timestamp: String) -> Date? {
        guard timestamp.wholeMatch(of: /\d{8}T\d{6}Z/) != nil else { return nil }
        let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        return try? Date(timestamp, strategy: style)
    }
}
