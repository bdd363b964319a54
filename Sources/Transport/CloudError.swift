package import Diagnosis
package import Federation
package import FoundationEssentials

/// The reason that a call to AWS, Microsoft Graph, or Azure Resource Manager failed.
package enum CloudError: Error, Hashable, Sendable {
    /// cambist did not send the request, because a parameter violates a documented rule of the service.
    case invalidRequest(parameter: String, problem: String)
    case noToken(Failure)
    case refused(CloudRefusal)
    /// The service throttled the request or failed, and no retries are left.
    case tryLater(CloudRefusal)
    /// The request was not sent, or there was no valid HTTP response.
    case noAnswer(TransportError)
    /// The credentials in the response are malformed or expired.
    case unusableCredentials(host: String, SessionCredentialsError)
    /// The credentials are valid by the service's clock but expired by the local clock.
    case clockBehindExpiration(host: String, expiration: Date, offset: ClockOffset)
    /// The response does not follow the service's protocol; `seen` describes the response.
    case unexpectedResponse(service: KnownError.CloudService, host: String, status: Int, seen: String)
}

/// A service's refusal of a request, with the service's code and message.
package struct CloudRefusal: Hashable, Sendable {
    package let service: KnownError.CloudService
    package let status: Int
    /// The service's error code; the HTTP status if the response has no code.
    package let code: String
    package let message: String
    package let requestID: String?
    /// The waiting time that the server requested, if any.
    package let retryAfter: Duration?
    /// The service's clock minus the local clock.
    package let clockOffset: ClockOffset?

    package init(
        service: KnownError.CloudService,
        status: Int,
        code: String,
        message: String,
        requestID: String? = nil,
        retryAfter: Duration? = nil,
        clockOffset: ClockOffset? = nil
    ) {
        self.service = service
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
        self.retryAfter = retryAfter
        self.clockOffset = clockOffset
    }

    /// The known error for ``code``; if there is none, the known error for ``status``.
    package var known: KnownError? {
        KnownError.find(service, code: code, message: message)
            ?? KnownError.find(service, code: String(status), message: message)
    }
}

extension CloudError {
    /// The failure to show to the operator, with control characters escaped.
    package var failure: Failure {
        switch self {
        case .invalidRequest(let parameter, let problem):
            Failure(
                kind: .refused,
                code: "invalid-request",
                message: "\(parameter) \(VisibleText.oneLine(problem))",
                fix: "Correct the mapping's configuration; nothing was sent to AWS."
            )
        case .noToken(let failure):
            failure
        case .refused(let refusal):
            refusal.failure(kind: .refused)
        case .tryLater(let refusal):
            refusal.failure(kind: .tryAgain)
        case .noAnswer(let error):
            Failure(kind: error.kind, code: error.code, message: error.description, fix: error.fix)
        case .unusableCredentials(let host, let error):
            Failure(
                kind: .unreachable,
                code: "unusable-credentials",
                message: "\(host) returned credentials that cannot be used: \(error)",
                fix: error.fix
            )
        case .clockBehindExpiration(let host, let expiration, let offset):
            Failure(
                kind: .unreachable,
                code: "clock-offset",
                message:
                    "\(host) returned credentials that expire \(expiration.formatted(.iso8601)), which is in the past "
                    + "by this host's clock. The clocks differ by \(offset).",
                fix:
                    "All AWS SDKs compare the expiration with this host's clock. `cambist doctor` compares this host's "
                    + "clock with the clouds' clocks."
            )
        case .unexpectedResponse(let service, let host, let status, let seen):
            Failure(
                kind: .unreachable,
                code: service.isAWS ? "not-aws" : "not-azure",
                message: "\(host) returned HTTP \(status) without a valid "
                    + "\(service.isAWS ? "AWS" : "Azure") response: \(VisibleText.oneLine(seen))",
                fix: "A proxy or another server is at this address; check the endpoint and HTTPS_PROXY."
            )
        }
    }

    /// The service's refusal, if there is one.
    package var refusal: CloudRefusal? {
        switch self {
        case .refused(let refusal), .tryLater(let refusal): refusal
        default: nil
        }
    }

    /// Whether IAM reported that the entity does not exist (or does not exist yet).
    package var isMissingEntity: Bool {
        refusal?.code == "NoSuchEntity"
    }

    /// Whether IAM reported that the entity already exists.
    package var isExistingEntity: Bool {
        refusal?.code == "EntityAlreadyExists"
    }

    /// Whether AWS accepted the credentials but refused the action.
    package var isDenied: Bool {
        ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"].contains(refusal?.code)
    }

    /// The service's clock minus the local clock, if known.
    package var clockOffset: ClockOffset? {
        if case .clockBehindExpiration(_, _, let offset) = self { return offset }
        return refusal?.clockOffset
    }
}

extension CloudRefusal {
    fileprivate func failure(kind: Failure.Kind) -> Failure {
        let text = VisibleText.oneLine(message)
        let retryAfter = kind == .tryAgain ? retryAfter : nil
        return Failure(
            kind: kind,
            // The service may use a code that has a different meaning in cambist.
            code: Failure.isOwn(code) ? "HTTP \(status)" : VisibleText.oneLine(code, limit: 128),
            message: text.isEmpty ? Failure.blankMessage(status: status) : text,
            fix: known?.fix(after: retryAfter)
                ?? "Look the code up in \(service.isAWS ? "AWS's" : "Microsoft's") documentation; "
                + "\(service.isAWS ? "AWS" : "Microsoft") support needs the request ID.",
            requestID: requestID.map { VisibleText.oneLine($0, limit: 128) },
            retryAfter: retryAfter
        )
    }
}

extension SessionCredentialsError {
    /// The fix for invalid credentials in a service's response.
    fileprivate var fix: String {
        switch self {
        case .malformed: "A proxy or another server is at this address; check the endpoint and HTTPS_PROXY."
        case .expired:
            "`cambist doctor` compares this host's clock with the clouds' clocks. If this host's clock is right, check "
                + "the endpoint and HTTPS_PROXY."
        }
    }
}

extension KnownError.CloudService {
    fileprivate var isAWS: Bool { self == .sts || self == .iam }
}

extension HTTPResponse {
    /// The first line of a body that cannot be parsed.
    package var excerpt: String {
        let text = String(decoding: body.prefix(120), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an empty body"
    }

    /// The first line of an HTML or XML body.
    ///
    /// For any other body, the text contains only the size, because the body may contain a secret.
    package var shape: String {
        let isMarkup = body.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "<")
        return isMarkup || body.isEmpty ? excerpt : "\(body.count) bytes that are not valid JSON"
    }
}
