import Federation

extension Check {
    /// Whether the role lives as long as asked.
    static let duration = Check(.exchange) { examination in
        guard case .found(let role) = examination.evidence.role, let maximum = role.maximumSession,
            let asked = examination.request.duration, asked > maximum
        else { return [] }
        return [
            .blocking(
                Cause(
                    "duration-over-maximum",
                    "The duration asked for is longer than the role's maximum.",
                    evidence:
                        "asked are \(DurationText.format(asked)), the role allows \(DurationText.format(maximum))",
                    fix: examination.longerSessions
                )
            )
        ]
    }

    /// What STS said, where nothing found before explains it.
    static let refusal = Check(.exchange) { examination in
        guard let refusal = examination.refusal else { return [] }
        let evidence = "\(refusal.code): \(refusal.message)"
        if refusal.code == "AccessDenied" { return [.fallback(examination.denial(evidence: evidence))] }
        if refusal.isOfOurs { return [.fallback(examination.unasked(refusal, evidence: evidence))] }
        guard let known = KnownError.find(.sts, code: refusal.code, message: refusal.message) else {
            let cause = Cause(
                "unknown-error",
                "STS refused for a reason that cambist does not know.",
                evidence: evidence,
                fix: refusal.fix
            )
            return [.fallback(cause)]
        }
        return [.fallback(examination.refusal(known, evidence: evidence))]
    }
}

// Why STS was not asked, or did not answer.
extension DiagnosisContext {
    /// Why no answer of STS's came.
    fileprivate func unasked(_ failure: Failure, evidence: String) -> Cause {
        let place = request.endpoint.map { "; STS is asked at \($0)" } ?? ""
        let (id, summary) = Self.title(ofUnasked: failure.code)
        return Cause(id, summary, evidence: evidence.trimmingSuffix(".") + place, fix: failure.fix)
    }

    private static func title(ofUnasked code: String) -> (id: String, summary: String) {
        switch code {
        case "not-aws":
            (code, "Something answered that is not AWS: a proxy, or another server at the address.")
        case "tls": (code, "No trusted TLS connection to STS was made.")
        case "unreachable": (code, "Nothing answered at the address of STS.")
        case "timed-out": (code, "STS gave no answer in time.")
        case "answer-too-large": (code, "Something answered with more than STS ever says.")
        case "invalid-request": ("request-invalid", "The request breaks a rule of STS's, so it was not sent.")
        default: (code, "STS was not asked, for the mapping's own settings stand in the way.")
        }
    }
}
