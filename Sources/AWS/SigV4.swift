package import Crypto
package import Federation
package import Foundation
import Transport

/// AWS Signature Version 4, for every service but S3 (whose paths are encoded once, not twice).
///
/// Source: botocore 1.43 `auth.py`; the vectors in the tests were made with it.
package struct SigV4: Hashable, Sendable {
    /// The instant, `YYYYMMDD'T'HHMMSS'Z'`.
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

    /// `date/region/service/aws4_request`.
    package var scope: String {
        "\(timestamp.prefix(8))/\(region)/\(service)/aws4_request"
    }

    /// An instant as `x-amz-date` has it.
    package static func timestamp(of date: Date) -> String {
        let text = date.formatted(.iso8601)
        return text.filter { $0 != "-" && $0 != ":" }
    }
}

extension SigV4 {
    /// The parts of a request that a signature covers, as they go over the wire.
    package struct Request: Sendable {
        package var method: String
        /// Percent-encoded, beginning with `/`.
        package var path: String
        /// What follows `?`, percent-encoded.
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

    /// The headers that authorize a request: `x-amz-date`, for a session its token, and `authorization`.
    ///
    /// All headers of `request` are signed, so give those only that reach the other side unchanged.
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

    /// The signature over `names`, which are lower-case and sorted, in 64 hexadecimal digits.
    package func signature(of request: Request, signing names: [String], secret: Secret) -> String {
        let key = SigningKeys.shared.key(of: self, secret: secret)
        let text = stringToSign(canonicalRequest: canonicalRequest(request, signing: names))
        return HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key).hexadecimal
    }

    /// The key of one day, region and service.
    package func signingKey(secret: Secret) -> SymmetricKey {
        let start = SymmetricKey(data: Data("AWS4\(secret.reveal())".utf8))
        return [String(timestamp.prefix(8)), region, service, "aws4_request"].reduce(start) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
    }

    /// What is signed: algorithm, instant, scope, and the canonical request's hash.
    package func stringToSign(canonicalRequest: String) -> String {
        let hash = SHA256.hash(data: Data(canonicalRequest.utf8)).hexadecimal
        return [Self.algorithm, timestamp, scope, hash].joined(separator: "\n")
    }

    /// The request in the one form that both sides hash.
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

    /// Dot segments and repeated slashes resolved, then percent-encoded once more.
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

    /// Parameters re-encoded and sorted by name, then value; one without `=` gets an empty value.
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
        FormEncoding.escape(text.removingPercentEncoding ?? text)
    }

    /// Without blanks at its ends, and runs of blanks inside it as one.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline }).joined(separator: " ")
    }
}
