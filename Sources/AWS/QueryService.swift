import Diagnosis
import Federation
import Foundation
import Transport
import XMLCoder

/// A service of AWS that takes forms and answers in XML: AWS's Query protocol.
struct QueryService: Sendable {
    /// Whose refusals they are.
    let side: KnownError.Side
    /// The service's name in a signature's scope.
    let signingName: String
    let endpoint: AWSEndpoint
    let transport: HTTPTransport
    let time: any TimeSource
    let quota: RetryQuota

    /// Sends a form until it is answered or the retries end; without credentials it is not signed.
    ///
    /// - Throws: ``AWSError`` of the last attempt.
    func call(
        _ body: FormBody,
        signedWith credentials: SigningCredentials? = nil
    ) async throws(AWSError) -> HTTPResponse {
        let request = HTTPRequest(
            .post,
            endpoint.url,
            headers: [.init("content-type", FormBody.contentType)],
            body: body.text
        )
        var budget = RetryBudget(quota: quota)
        while true {
            let outcome: Result<HTTPResponse, AWSError>
            let event: RetryBudget.Event
            do {
                // Each attempt is signed for its own time.
                let response = try await transport.send(signed(request, with: credentials))
                let refusal = refusal(in: response)
                event = .answered(
                    status: response.status,
                    code: refusal?.code,
                    message: refusal?.message ?? ""
                )
                outcome = result(of: response, refusal: refusal)
            } catch {
                event = if case .timedOut = error { .timedOut } else { .lost }
                outcome = .failure(.noAnswer(error))
            }
            let action = budget.event(event, jitter: .random(in: 0...1))
            guard case .retry(let delay) = action, (try? await time.sleep(for: delay)) != nil else {
                return try outcome.get()
            }
        }
    }

    /// Sends a form and reads its answer.
    ///
    /// - Throws: ``AWSError`` of the last attempt, or when the answer has another shape.
    func ask<Reply: Decodable>(
        _ type: Reply.Type,
        _ body: FormBody,
        signedWith credentials: SigningCredentials? = nil
    ) async throws(AWSError) -> Reply {
        try read(type, from: try await call(body, signedWith: credentials))
    }

    /// Reads an answer's XML.
    ///
    /// - Throws: ``AWSError/unintelligible(host:status:seen:)`` when it has another shape.
    func read<Reply: Decodable>(
        _ type: Reply.Type,
        from response: HTTPResponse
    ) throws(AWSError) -> Reply {
        do {
            return try XMLDecoder.aws.decode(type, from: response.body)
        } catch {
            throw unintelligible(response)
        }
    }

    /// The error for an answer that is not of this protocol.
    func unintelligible(_ response: HTTPResponse) -> AWSError {
        let text = String(decoding: response.body.prefix(120), as: UTF8.self)
        let seen = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an empty body"
        return .unintelligible(
            host: endpoint.url.host() ?? "the endpoint",
            status: response.status,
            seen: response.status == 200 ? "XML of another shape" : seen
        )
    }

    private func signed(_ request: HTTPRequest, with credentials: SigningCredentials?) -> HTTPRequest {
        guard let credentials else { return request }
        var request = request
        let signature = SigV4(at: time.now, region: endpoint.signingRegion, service: signingName)
        request.sign(signature, with: credentials)
        return request
    }

    private func result(of response: HTTPResponse, refusal: AWSRefusal?) -> Result<HTTPResponse, AWSError> {
        if response.status == 200 { return .success(response) }
        guard let refusal else { return .failure(unintelligible(response)) }
        let isThrottled =
            response.status == 429 || response.status >= 500
            || RetryBudget.isThrottling(refusal.code)
        return .failure(isThrottled ? .throttled(refusal) : .refused(refusal))
    }

    private func refusal(in response: HTTPResponse) -> AWSRefusal? {
        guard response.status != 200, let error = AWSErrorDocument.read(response) else { return nil }
        return AWSRefusal(
            service: side,
            status: response.status,
            code: error.code,
            message: error.message,
            requestID: response.requestID ?? error.requestID,
            clockOffset: response.clockOffset
        )
    }
}

extension HTTPRequest {
    /// Signs the request for AWS; nothing may be changed after.
    mutating func sign(_ signature: SigV4, with credentials: SigningCredentials) {
        let host = url.host() ?? ""
        let authority = url.port.map { "\(host):\($0)" } ?? host
        let signable = SigV4.Request(
            method: method.rawValue,
            path: url.path(percentEncoded: true).isEmpty ? "/" : url.path(percentEncoded: true),
            query: url.query(percentEncoded: true) ?? "",
            headers: [(name: "host", value: authority)] + headers.map { ($0.name, $0.value.reveal()) },
            body: Data((body?.reveal() ?? "").utf8)
        )
        headers += signature.authorize(signable, with: credentials).map { .init($0.name, $0.value) }
    }
}
