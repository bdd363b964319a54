import Diagnosis
package import Federation
import FoundationEssentials
package import Transport

/// A client for IAM: OIDC providers, roles, and their policies.
///
/// IAM is eventually consistent: a call may not find a new object for a few seconds. STS may find the object even
/// later. The client does not wait.
///
/// Source: IAM API reference, version 2010-05-08.
package struct IAMClient: Sendable {
    static let version = "2010-05-08"
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
            service: .iam,
            signingName: "iam",
            endpoint: endpoint,
            transport: transport,
            time: time,
            quota: quota
        )
        self.credentials = credentials
    }

    /// IAM's clock minus this host's clock; `nil` if unknown.
    package var clockOffset: ClockOffset? { service.clockOffset }

    /// Sends a call and parses the result in the response.
    func result<Value>(
        _ call: IAMCall,
        _ value: (ReplyElement) throws(ReplyXMLError) -> Value
    ) async throws(CloudError) -> Value {
        let result = try await service.result(call.body, signedWith: credentials)
        return try service.parse { () throws(ReplyXMLError) in try value(result) }
    }

    /// Sends a call whose response has no result.
    func perform(_ call: IAMCall) async throws(CloudError) {
        _ = try await service.call(call.body, signedWith: credentials)
    }

    /// Sends a call for each page of a list and parses the elements.
    ///
    /// An empty page does not end the list. A page without a new marker ends the list, even if `IsTruncated` is `true`.
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
                let seen = "\(call.action) returned a list of more than \(Self.pageLimit) pages"
                throw service.unexpectedResponse(status: 200, seen)
            }
            var body = call.body
            body.append("Marker", ifAny: marker)
            let page = try await service.result(body, signedWith: credentials)
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

    /// Sends a call for each page of a list of tags and returns all tags.
    func tags(_ call: IAMCall) async throws(CloudError) -> [String: String] {
        let pairs = try await list("Tags", call) { tag in (tag.text("Key") ?? "", tag.text("Value") ?? "") }
        return Dictionary(pairs) { _, last in last }
    }
}

/// The action and the parameters of a call to IAM.
struct IAMCall {
    let action: String
    var body: FormBody

    init(_ action: String, _ parameters: KeyValuePairs<String, String?> = [:]) {
        self.action = action
        body = FormBody(action: action, version: IAMClient.version)
        for (name, value) in parameters {
            body.append(name, ifAny: value)
        }
    }

    /// Returns the call with a list parameter added.
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

/// The encodings of policy documents in IAM requests and responses.
enum PolicyDocumentCoding {
    /// Returns the JSON of a policy document in a response.
    ///
    /// IAM percent-encodes documents as in RFC 3986, so a plus sign is literal. Ceph does not encode documents.
    static func decode(_ text: String) -> String {
        let isPlain = text.first { !$0.isWhitespace } == "{"
        return isPlain ? text : text.percentDecoded ?? text
    }

    /// Returns the JSON with every character above U+00FF as a `\uXXXX` escape.
    ///
    /// IAM refuses the unescaped characters. An escape does not change the value of a JSON string.
    static func encode(_ text: String) -> String {
        text.utf16.reduce(into: "") { result, unit in
            if unit <= 0xFF, let scalar = Unicode.Scalar(unit) {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}
