import Federation

extension Check {
    /// Why the source gave no token.
    static let tokenSource = Check(.source) { examination in
        guard case .failed(let failure, let source) = examination.evidence.token else { return [] }
        let evidence = "\(source.rawValue): \(failure.code): \(failure.message)"
        let isText = source == .file || source == .command
        if failure.code == "token-format" || isText && failure.code == "not-a-token-endpoint" {
            return [.tokenForm(evidence)]
        }
        let silence = TokenSourceDiagnosis(
            failure: failure,
            source: source,
            evidence: evidence,
            examination: examination
        )
        return [.blocking(silence.cause)]
    }

    /// A token that is no signed JWT.
    static let tokenForm = Check(.token) { examination in
        if case .malformed(let error) = examination.evidence.token { return [.tokenForm(error)] }
        let supported = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
        guard let algorithm = examination.claims?.algorithm, !["none", "RS256"].contains(algorithm) else {
            return []
        }
        if supported.contains(algorithm) {
            let cause = Cause(
                "algorithm-unusual",
                "Entra signs with RS256, and this token is signed otherwise.",
                evidence: "alg is \(algorithm)",
                fix: "Check that the source gives an Entra access token."
            )
            return [.notable(cause)]
        }
        return [
            .blocking(
                Cause(
                    "algorithm-unsupported",
                    "STS verifies no signatures of this algorithm.",
                    evidence: "alg is \(algorithm)",
                    fix: "Have the issuer sign with RS256, as Entra does."
                )
            )
        ]
    }
}

extension Finding {
    /// What is no signed JWT.
    static func tokenForm(_ error: TokenFormatError) -> Finding {
        tokenForm(error.description)
    }

    fileprivate static func tokenForm(_ evidence: String) -> Finding {
        .blocking(
            Cause(
                "token-format",
                "What the source gave is no signed JWT.",
                evidence: evidence,
                fix: "Send the compact JWS as it came: three parts, no quotes, no line break."
            )
        )
        .stopping
    }
}

extension DiagnosisContext {
    /// How to assign the app role to the identity.
    var assignment: String {
        let audience = ShellWord.posix(request.audience ?? "AUDIENCE")
        let principal = claims?.objectID ?? evidence.identity?.principalID ?? "PRINCIPAL_ID"
        let role = request.appRole ?? "APP_ROLE"
        return """
            Assign the app role to the identity's service principal itself:
            SP=$(az ad sp show --id \(audience) --query id -o tsv)
            ROLE=$(az ad sp show --id \(audience) --query "appRoles[?value=='\(role)'].id" -o tsv)
            az rest -m POST -u "https://graph.microsoft.com/v1.0/servicePrincipals/$SP/appRoleAssignedTo" \
            -b "{\\"principalId\\":\\"\(principal)\\",\\"resourceId\\":\\"$SP\\",\\"appRoleId\\":\\"$ROLE\\"}"
            """
    }
}

extension Failure {
    /// Whether the code is a word of ours and not the other side's.
    var isOfOurs: Bool {
        !code.isEmpty && code.allSatisfy { $0.isLowercase || $0 == "-" }
    }
}
