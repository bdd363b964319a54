package import Diagnosis
package import Federation
package import Transport

/// Why Microsoft Graph or Azure Resource Manager gave no answer to a call, or which.
package enum AzureError: Error, Hashable, Sendable {
    /// No token for the service could be had.
    case noToken(TokenSourceError)
    /// It said no.
    case refused(AzureRefusal)
    /// It asked for patience, or had a fault of its own, until the retries were used up.
    case throttled(AzureRefusal)
    /// Nobody answered.
    case noAnswer(TransportError)
    /// Something answered that does not speak the service's protocol.
    case unintelligible(host: String, status: Int, seen: String)
}

/// A refusal in Microsoft's words.
package struct AzureRefusal: Hashable, Sendable {
    /// `graph` or `arm`.
    package let service: KnownError.Side
    package let status: Int
    /// `Authorization_RequestDenied`; the status where there is none.
    package let code: String
    package let message: String
    package let requestID: String?

    package init(
        service: KnownError.Side,
        status: Int,
        code: String,
        message: String,
        requestID: String? = nil
    ) {
        self.service = service
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    /// The entry of the table of errors for it.
    package var known: KnownError? {
        KnownError.find(service, code: code, message: message)
            ?? KnownError.find(service, code: String(status), message: message)
    }
}

extension AzureError {
    /// The same as the operator reads it.
    package var failure: Failure {
        switch self {
        case .noToken(let error):
            error.failure
        case .refused(let refusal):
            Self.failure(refusal, kind: .refused)
        case .throttled(let refusal):
            Self.failure(refusal, kind: .tryAgain)
        case .noAnswer(let error):
            Failure(kind: error.kind, code: error.code, message: error.description, fix: error.fix)
        case .unintelligible(let host, let status, let seen):
            Failure(
                kind: .unreachable,
                code: "not-azure",
                message:
                    "\(host) answered HTTP \(status) with no reply of Azure's: \(VisibleText.oneLine(seen))",
                fix: "A proxy or another server is at this address; check the endpoint and HTTPS_PROXY."
            )
        }
    }

    /// What the service refused, where it did.
    package var refusal: AzureRefusal? {
        switch self {
        case .refused(let refusal), .throttled(let refusal): refusal
        default: nil
        }
    }

    private static func failure(_ refusal: AzureRefusal, kind: Failure.Kind) -> Failure {
        let message = VisibleText.oneLine(refusal.message, limit: 400)
        return Failure(
            kind: kind,
            code: refusal.code,
            message: message.isEmpty ? "HTTP \(refusal.status) without a message" : message,
            fix: refusal.known?.fix
                ?? "Look the code up in Microsoft's documentation; the request id helps its support.",
            requestID: refusal.requestID
        )
    }
}
