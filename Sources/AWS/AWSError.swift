package import Diagnosis
package import Federation
package import Transport

/// Why AWS gave no answer to a call, or which.
package enum AWSError: Error, Hashable, Sendable {
    /// The request breaks a rule that AWS is known to hold; it was not sent.
    case invalidRequest(parameter: String, problem: String)
    /// AWS said no.
    case refused(AWSRefusal)
    /// AWS asked for patience until the retries were used up.
    case throttled(AWSRefusal)
    /// Nobody answered.
    case noAnswer(TransportError)
    /// Something answered that does not speak AWS's protocol.
    case unintelligible(host: String, status: Int, seen: String)
    /// The answer's credentials are malformed or expired.
    case unusableCredentials(host: String, SessionCredentialsError)
}

/// A refusal in AWS's words.
package struct AWSRefusal: Hashable, Sendable {
    package let service: KnownError.Side
    package let status: Int
    package let code: String
    package let message: String
    package let requestID: String?
    /// AWS's clock against ours.
    package let clockOffset: ClockOffset?

    package init(
        service: KnownError.Side,
        status: Int,
        code: String,
        message: String,
        requestID: String?,
        clockOffset: ClockOffset? = nil
    ) {
        self.service = service
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
        self.clockOffset = clockOffset
    }
}

extension AWSError {
    /// The same as the operator reads it.
    package var failure: Failure {
        switch self {
        case .invalidRequest(let parameter, let problem):
            Failure(
                kind: .refused,
                code: "invalid-request",
                message: "\(parameter): \(problem)",
                fix: "Correct the mapping's configuration; nothing was sent to AWS."
            )
        case .refused(let refusal):
            Self.failure(refusal, kind: .refused)
        case .throttled(let refusal):
            Self.failure(refusal, kind: .tryAgain)
        case .noAnswer(let error):
            Failure(kind: error.kind, code: error.code, message: error.description, fix: error.fix)
        case .unintelligible(let host, let status, let seen):
            Failure(
                kind: .unreachable,
                code: "not-aws",
                message: "\(host) answered HTTP \(status) with no AWS reply: \(VisibleText.oneLine(seen))",
                fix: "A proxy or another server is at this address; check the endpoint and HTTPS_PROXY."
            )
        case .unusableCredentials(let host, let error):
            Failure(
                kind: .unreachable,
                code: "unusable-credentials",
                message: "\(host) returned credentials that cannot be used: \(error)",
                fix: error.fix
            )
        }
    }

    private static func failure(_ refusal: AWSRefusal, kind: Failure.Kind) -> Failure {
        let known = KnownError.find(refusal.service, code: refusal.code, message: refusal.message)
        return Failure(
            kind: kind,
            code: refusal.code,
            message: refusal.message.isEmpty
                ? "HTTP \(refusal.status) without a message" : VisibleText.oneLine(refusal.message),
            fix: known?.fix ?? "Look the code up in AWS's documentation; the request id helps its support.",
            requestID: refusal.requestID
        )
    }

    /// What AWS said, where it said no.
    package var refusal: AWSRefusal? {
        switch self {
        case .refused(let refusal), .throttled(let refusal): refusal
        default: nil
        }
    }

    /// Whether what was asked for does not exist, or not yet.
    package var isMissingEntity: Bool {
        refusal?.code == "NoSuchEntity"
    }

    /// Whether what was to be made exists already.
    package var isExistingEntity: Bool {
        refusal?.code == "EntityAlreadyExists"
    }

    /// Whether the credentials are good but lack the right.
    package var isDenied: Bool {
        ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"].contains(refusal?.code)
    }

    /// AWS's clock against ours, where it answered.
    package var clockOffset: ClockOffset? {
        refusal?.clockOffset
    }
}

extension SessionCredentialsError {
    /// What to do when STS returned the credentials.
    fileprivate var fix: String {
        switch self {
        case .malformed: "A proxy or another server is at this address; check the endpoint and HTTPS_PROXY."
        case .expired:
            "Set this machine's clock, then retry; if it is right, check the endpoint and HTTPS_PROXY."
        }
    }
}
