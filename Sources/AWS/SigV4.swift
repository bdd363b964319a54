package import Crypto
package import Federation
package import FoundationEssentials
import Synchronization
import Transport

/// AWS Signature Version 4, for all services except S3 (which encodes paths only once).
///
/// Source: botocore 1.43 `auth.py`, which also generated the test vectors.
package struct SigV4: Hashable, Sendable {
    /// The time of the signature, `YYYYMMDD'T'HHMMSS'Z'`.
    package let timestamp: String
    package let region: String
    package let service: String

    package init(timestamp: String, region: String, service: String) {
        self.timestamp = timestamp
        self.region = region
        self.service = service
    }

    package init(at date: Date, region: String, service: String) {
        self.init(timestamp: Self.timestamp(of: date), region: region, service: service)
    }

    package static let algorithm = "AWS4-HMAC-SHA256"

    /// The credential scope: `date/region/service/aws4_request`.
    package var scope: String {
        "\(timestamp.prefix(8))/\(region)/\(service)/aws4_request"
    }

    /// Formats a date for `x-amz-date`.
    package static func timestamp(of date: Date) -> String {
        let text = date.formatted(.iso8601)
        return text.filter { $0 != "-" && $0 != ":" }
    }
}

extension SigV4 {
    /// The signed parts of a request, as transmitted.
    package struct Request: Sendable {
        package var method: String
        /// The percent-encoded path, beginning with `/`.
        package var path: String
        /// The percent-encoded query, without the `?`.
        package var query: String
        package var headers: [(name: String, value: String)]
        package var body: Data

        package init(
            method: String,
            path: String,
            query: String = "",
            headers: [(name: String, value: String)],
            body: Data
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.body = body
        }
    }

    /// Returns the headers that authorize a request: `x-amz-date`, the session token, and `authorization`.
    ///
    /// All headers of `request` are signed. The request must not contain headers that proxies change.
    package func authorize(
        _ request: Request,
        with credentials: SigningCredentials
    ) -> [(name: String, value: String)] {
        var added = [(name: "x-amz-date", value: timestamp)]
        if let token = credentials.sessionToken {
            added.append((name: "x-amz-security-token", value: token.reveal()))
        }
        var signed = request
        signed.headers += added
        let names = Set(signed.headers.map { $0.name.lowercased() }).sorted()
        let signature = signature(of: signed, signing: names, secret: credentials.secretAccessKey)
        let authorization =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
        return added + [(name: "authorization", value: authorization)]
    }

    /// Returns the signature in 64 hexadecimal digits; `names` are the signed headers, lowercase and sorted.
    package func signature(of request: Request, signing names: [String], secret: Secret) -> String {
        let key = SigningKeys.shared.key(of: self, secret: secret)
        let text = stringToSign(canonicalRequest: canonicalRequest(request, signing: names))
        return HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key).hexadecimal
    }

    /// Derives the signing key for a day, a region, and a service.
    package func signingKey(secret: Secret) -> SymmetricKey {
        let start = SymmetricKey(data: Data("AWS4\(secret.reveal())".utf8))
        return [String(timestamp.prefix(8)), region, service, "aws4_request"].reduce(start) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
    }

    /// Returns the string to sign: the algorithm, the time, the scope, and the hash of the canonical request.
    package func stringToSign(canonicalRequest: String) -> String {
        let hash = SHA256.hash(data: Data(canonicalRequest.utf8)).hexadecimal
        return [Self.algorithm, timestamp, scope, hash].joined(separator: "\n")
    }

    /// Returns the canonical form of the request, which both client and server hash.
    package func canonicalRequest(_ request: Request, signing names: [String]) -> String {
        let headers = names.map { name in
            let values = request.headers.filter { $0.name.lowercased() == name }.map {
                Self.trimmed($0.value)
            }
            return "\(name):\(values.joined(separator: ","))\n"
        }
        return [
            request.method,
            Self.canonicalPath(request.path),
            Self.canonicalQuery(request.query),
            headers.joined(),
            names.joined(separator: ";"),
            SHA256.hash(data: request.body).hexadecimal,
        ].joined(separator: "\n")
    }

    /// Resolves dot segments and repeated slashes, then percent-encodes the path again.
    private static func canonicalPath(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        let encoded = segments.map { FormEncoding.escape(String($0)) }.joined(separator: "/")
        return "/" + encoded + (path.hasSuffix("/") && !segments.isEmpty ? "/" : "")
    }

    /// Re-encodes the query parameters and sorts them by name and value.
    ///
    /// A parameter without `=` gets an empty value.
    private static func canonicalQuery(_ query: String) -> String {
        query.split(separator: "&")
            .map { parameter -> (name: String, value: String) in
                let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count == 2 ? String(parts[1]) : ""
                return (name: reencoded(String(parts[0])), value: reencoded(value))
            }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    private static func reencoded(_ text: String) -> String {
        FormEncoding.escape(text.percentDecoded ?? text)
    }

    /// Removes white space at both ends and collapses runs of white space to one space.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline }).joined(separator: " ")
    }
}

/// A cache of signing keys, each valid for one day, region, and service.
final class SigningKeys: Sendable {
    private struct Scope: Hashable {
        let text: String
        let secret: Secret
    }

    private static let limit = 32
    static let shared = SigningKeys()

    private let keys = Mutex<[Scope: SymmetricKey]>([:])

    var count: Int { keys.withLock(\.count) }

    /// Returns the cached signing key for a signature's scope, or derives the key.
    func key(of signature: SigV4, secret: Secret) -> SymmetricKey {
        let scope = Scope(text: signature.scope, secret: secret)
        return keys.withLock { keys in
            if let key = keys[scope] { return key }
            if keys.count >= Self.limit { keys.removeAll() }
            let key = signature.signingKey(secret: secret)
            keys[scope] = key
            return key
        }
    }
}

/// Credentials for signing AWS requests.
package struct SigningCredentials: Hashable, Sendable {
    package let accessKeyID: String
    package let secretAccessKey: Secret
    package let sessionToken: Secret?

    package init(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package init(_ credentials: SessionCredentials) {
        self.init(
            accessKeyID: credentials.accessKeyID,
            secretAccessKey: credentials.secretAccessKey,
            sessionToken: credentials.sessionToken
        )
    }
}
