package import Federation

package import struct Foundation.Date

extension Evidence {
    /// What an exchange left to explain.
    ///
    /// - Parameters:
    ///   - record: the exchange.
    ///   - mapping: its mapping.
    ///   - identity: the mapping's identity, as configured.
    ///   - policy: the role's trust policy, where it is known.
    ///   - now: the time of the explanation.
    package init(
        of record: ExchangeRecord,
        mapping: RoleMapping,
        identity: ManagedIdentity?,
        policy: PolicyEvidence = .unknown,
        now: Date
    ) {
        self.init(
            request: RequestFacts(mapping: mapping),
            identity: identity,
            token: TokenEvidence(of: record, source: identity?.source),
            policy: policy,
            exchange: ExchangeEvidence(of: record),
            clockOffset: record.clockOffset ?? record.token?.clockOffset,
            now: now
        )
    }
}

extension TokenEvidence {
    fileprivate init(of record: ExchangeRecord, source: TokenSourceKind?) {
        if let token = record.token {
            self = .claims(token.claims, seenBefore: token.seenBefore)
        } else if let failure = record.failure {
            self = .failed(failure, source: failure.source ?? source ?? .auto)
        } else {
            self = .none
        }
    }
}

extension ExchangeEvidence {
    fileprivate init(of record: ExchangeRecord) {
        let failed = record.steps.first { $0.outcome == .failed }
        switch (failed?.step, failed?.failure) {
        case (.exchange, let failure?): self = .refused(failure)
        case (.caller, let failure?), (.probe, let failure?):
            self = .callFailed(failure, roleID: record.answer?.roleID)
        case (nil, _) where record.credentialExpiry != nil:
            self = .succeeded(
                ExchangeAnswer(
                    subject: record.answer?.subject,
                    duration: record.credentialExpiry?.since(record.at),
                    packedPolicySize: record.answer?.packedPolicySize
                )
            )
        default: self = .untried
        }
    }
}
