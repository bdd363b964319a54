package import Federation

/// What STS said.
package enum ExchangeEvidence: Hashable, Sendable {
    case untried
    /// The exchange itself was refused.
    case refused(Failure)
    /// The exchange went well, and a call with the credentials did not; the session is that of the role of this id.
    case callFailed(Failure, roleID: String? = nil)
    case succeeded(ExchangeAnswer)
}

/// What STS says about the token that it took.
package struct ExchangeAnswer: Hashable, Sendable {
    package var subject: String?
    /// How long the session lasts.
    package var duration: Duration?
    /// How much of the space for session policies and tags is used, in per cent.
    package var packedPolicySize: Int?

    package init(subject: String? = nil, duration: Duration? = nil, packedPolicySize: Int? = nil) {
        self.subject = subject
        self.duration = duration
        self.packedPolicySize = packedPolicySize
    }
}
