package import Federation
package import Transport

/// Why there is no URL that signs in to the AWS console.
package enum SignInError: Error, Hashable, Sendable {
    /// The console of the region's partition is at no address that we know.
    case unknownRegion(String)
    /// AWS gave no token for the credentials, with nor without a duration.
    case refused(status: Int)
    case noAnswer(TransportError)
    /// Something answered that is not AWS's federation endpoint.
    case unintelligible(host: String)
}

extension SignInError {
    /// The same as the operator reads it.
    package var failure: Failure {
        switch self {
        case .unknownRegion(let region):
            Failure(
                kind: .refused,
                code: "unknown-console",
                message: "The console's sign-in address for \(region) is not known.",
                fix: "Set endpoints.signin."
            )
        case .refused(let status):
            Failure(
                kind: status >= 500 || status == 429 ? .tryAgain : .refused,
                code: "sign-in-refused",
                message: "AWS gave no sign-in token (HTTP \(status)).",
                fix: "Exchange again: the credentials may have ended or been revoked."
            )
        case .noAnswer(let error):
            Failure(kind: error.kind, code: error.code, message: error.description, fix: error.fix)
        case .unintelligible(let host):
            Failure(
                kind: .unreachable,
                code: "not-aws",
                message: "\(host) answered with no sign-in token.",
                fix: "A proxy or another server is at this address; check endpoints.signin and HTTPS_PROXY."
            )
        }
    }
}
