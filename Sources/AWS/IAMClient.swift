import Diagnosis
package import Federation
import Foundation
package import Transport

/// Identity and Access Management on the wire: OIDC providers, roles and their policies.
///
/// IAM is eventually consistent: an object may be missing for some seconds after its creation, and STS may see it
/// later still. The client does not wait for either. Source: IAM API reference, version 2010-05-08.
package struct IAMClient: Sendable {
    static let version = "2010-05-08"
    /// The most pages of one list; IAM's quotas allow fewer.
    private static let pageLimit = 200

    private let service: QueryService
    private let credentials: SigningCredentials

    package init(
        transport: HTTPTransport,
        endpoint: AWSEndpoint,
        credentials: SigningCredentials,
        time: any TimeSource,
        quota: RetryQuota = RetryQuota()
    ) {
        service = QueryService(
            side: .iam,
            signingName: "iam",
            endpoint: endpoint,
            transport: transport,
            time: time,
            quota: quota
        )
        self.credentials = credentials
    }

    /// Sends a call and parses the result of its reply.
    func result<Value>(
        _ call: IAMCall,
        _ value: (ReplyElement) throws(ReplyXMLError) -> Value
    ) async throws(CloudError) -> Value {
        let result = try await service.result(call.body, signedWith: credentials)
        return try service.parse { () throws(ReplyXMLError) in try value(result) }
    }

    /// Sends a call whose reply has no result.
    func perform(_ call: IAMCall) async throws(CloudError) {
        _ = try await service.call(call.body, signedWith: credentials)
    }

    /// Sends a call for each page of a list and parses the list's elements.
    ///
    /// A page may be empty without being the last; a truncated one without a new marker ends the list.
    func list<Value>(
        _ name: String,
        _ call: IAMCall,
        _ value: (ReplyElement) throws(ReplyXMLError) -> Value
    ) async throws(CloudError) -> [Value] {
        var values: [Value] = []
        var marker: String?
        var pages = 0
        repeat {
            pages += 1
            guard pages <= Self.pageLimit else {
                throw .invalidRequest(parameter: name, problem: "more than \(Self.pageLimit) pages.")
            }
            var call = call
            call.body.append("Marker", ifAny: marker)
            let page = try await service.result(call.body, signedWith: credentials)
            values += try service.parse { () throws(ReplyXMLError) in
                var parsed: [Value] = []
                for element in page.list(name) { parsed.append(try value(element)) }
                return parsed
            }
            let next = page.text("IsTruncated") == "true" ? page.text("Marker") : nil
            marker = next == marker ? nil : next
        } while marker != nil
        return values
    }

    /// Sends a call for each page of a list of tags.
    func tags(_ call: IAMCall) async throws(CloudError) -> [String: String] {
        let pairs = try await list("Tags", call) { tag in (tag.text("Key") ?? "", tag.text("Value") ?? "") }
        return Dictionary(pairs) { _, last in last }
    }
}

/// A call of IAM under construction.
struct IAMCall {
    var body: FormBody

    init(_ action: String, _ parameters: KeyValuePairs<String, String?> = [:]) {
        body = FormBody(action: action, version: IAMClient.version)
        for (name, value) in parameters {
            body.append(name, ifAny: value)
        }
    }

    /// Returns the call with a list added.
    func with(_ name: String, _ values: [String]) -> IAMCall {
        var call = self
        call.body.append(name, list: values)
        return call
    }

    /// Returns the call with tags added.
    func with(tags: [String: String]) -> IAMCall {
        var call = self
        call.body.append(tags: tags)
        return call
    }
}

/// The encodings of policy documents in IAM's requests and replies.
enum PolicyDocumentCoding {
    /// Returns the JSON of a document from a reply, which IAM percent-encodes and Ceph does not.
    ///
    /// A plus is a plus: this is RFC 3986, not a form.
    static func decode(_ text: String) -> String {
        let isPlain = text.first { !$0.isWhitespace } == "{"
        return isPlain ? text : text.removingPercentEncoding ?? text
    }

    /// Returns the JSON with each character above U+00FF, which IAM refuses, written as `\uXXXX`.
    ///
    /// Only JSON strings may contain such characters, so the value stays the same.
    static func encode(_ text: String) -> String {
        text.utf16.reduce(into: "") { result, unit in
            if unit <= 0xFF, let scalar = Unicode.Scalar(unit) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u" + String(format: "%04x", unit)
            }
        }
    }
}
