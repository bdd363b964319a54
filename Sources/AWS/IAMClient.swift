import Diagnosis
package import Federation
package import Transport

/// Identity and Access Management on the wire: OIDC providers, roles and their policies.
///
/// IAM settles slowly: what was made may be missing for some seconds, and STS may follow later still. Nothing
/// is waited for here. Source: IAM API reference, version 2010-05-08.
package struct IAMClient: Sendable {
    static let version = "2010-05-08"

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

    /// Asks for something.
    func ask<Reply: Decodable>(_ type: Reply.Type, _ call: IAMCall) async throws(AWSError) -> Reply {
        try await service.ask(type, call.body, signedWith: credentials)
    }

    /// Asks for something to be done that gives no result.
    func tell(_ call: IAMCall) async throws(AWSError) {
        _ = try await service.call(call.body, signedWith: credentials)
    }

    /// Asks page after page until IAM has no more.
    ///
    /// A page may be empty and yet not the last; a truncated one without a marker ends the list.
    func askAll<Reply: PagedReply>(_ type: Reply.Type, _ call: IAMCall) async throws(AWSError) -> [Reply
        .Element]
    {
        var elements: [Reply.Element] = []
        var marker: String?
        repeat {
            var call = call
            call.body.append("Marker", ifAny: marker)
            let page = try await ask(type, call).page
            elements += page.elements
            let next = page.isTruncated ? page.marker : nil
            marker = next == marker ? nil : next
        } while marker != nil
        return elements
    }
}

/// One call of IAM while its form is filled in.
struct IAMCall {
    var body: FormBody

    init(_ action: String, _ parameters: KeyValuePairs<String, String?> = [:]) {
        body = FormBody(action: action, version: IAMClient.version)
        for (name, value) in parameters {
            body.append(name, ifAny: value)
        }
    }

    /// The same call with a list.
    func with(_ name: String, _ values: [String]) -> IAMCall {
        var call = self
        call.body.append(name, list: values)
        return call
    }

    /// The same call with tags.
    func with(tags: [String: String]) -> IAMCall {
        var call = self
        call.body.append(tags: tags)
        return call
    }
}
