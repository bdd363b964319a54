import Federation

// Why STS refuses a token that nothing here speaks against.
extension DiagnosisContext {
    func refusal(_ known: KnownError, evidence: String) -> Cause {
        switch known.id {
        case "no-provider":
            return unseen(
                known,
                evidence: evidence,
                shown: choice.reached.map { "IAM has \($0.arn ?? $0.url)" },
                id: "provider-unseen",
                "STS does not find the provider that IAM shows."
            )
        case "audience-not-registered":
            let listed = choice.reached?.clientIDs.flatMap { listed in
                claims?.effectiveAudiences.first.flatMap { listed.contains($0) ? $0 : nil }
            }
            return unseen(
                known,
                evidence: evidence,
                shown: listed.map { "IAM lists \($0) among the provider's client IDs" },
                id: "audience-unseen",
                "STS does not take the audience that IAM shows among the provider's client IDs."
            )
        case "verification-key": return unverified(known, evidence: evidence)
        case "thumbprint-mismatch": return foreignCertificate(known, evidence: evidence)
        default:
            return Cause(known.id, known.summary, evidence: evidence, fix: fix(known))
                .leavingOpen(question(about: known))
        }
    }

    /// What to do, with the command where the facts for it are at hand.
    private func fix(_ known: KnownError) -> String {
        switch known.id {
        case "no-provider" where claims != nil:
            return "Create it in the role's account, trailing slash included:\n\(providerCreation)"
        case "audience-not-registered":
            guard let audience = claims?.effectiveAudiences.first else { return known.fix }
            return "Add the audience to the provider:\n\(addition(of: audience))"
        case "duration-over-maximum": return longerSessions
        case "region-disabled":
            guard let region = request.region else { return known.fix }
            return
                "Set the mapping's region to an active one; or activate it: aws account enable-region --region-name "
                + "\(ShellWord.posix(region)), and in the console IAM, Account settings, STS, Endpoints."
        default: return known.fix
        }
    }

    /// How to get sessions as long as asked, or to ask for shorter ones.
    var longerSessions: String {
        let name = ShellWord.posix(request.roleARN?.name ?? "ROLE")
        let seconds = request.duration.map { "\($0.components.seconds)" } ?? "SECONDS"
        return
            "Lower the mapping's duration, or: aws iam update-role --role-name \(name) --max-session-duration "
            + seconds
    }

    /// Why STS does not see the provider or its audience: too new, or for a reason of its own when IAM shows it.
    private func unseen(
        _ known: KnownError,
        evidence: String,
        shown: String?,
        id: String,
        _ summary: String
    ) -> Cause {
        let question = question(about: known)
        if let change = unsettledProvider {
            let seen = shown.map { "\(evidence); \($0)" } ?? evidence
            let cause = settling(
                "IAM was changed a moment ago, and STS does not show the change yet.",
                change,
                evidence: seen
            )
            return shown == nil ? cause.leavingOpen(question) : cause
        }
        guard let shown else {
            return Cause(known.id, known.summary, evidence: evidence, fix: fix(known)).leavingOpen(question)
        }
        return Cause(
            id,
            summary,
            evidence: "\(evidence); \(shown)",
            fix:
                "If it was just changed elsewhere, wait two minutes and test again; else compare the account of "
                + "role_arn with the one that IAM was read in."
        )
        .leavingOpen(
            OpenQuestion(
                causes: ["it was changed a moment ago from elsewhere", "STS still has an older state of it"],
                tell: "CloudTrail in the role's account has the call that changed the provider, and when."
            )
        )
    }

    /// Why STS has no key, when the issuer shows it to this host.
    private func unverified(_ known: KnownError, evidence: String) -> Cause {
        guard case .published(let keyIDs, _) = self.evidence.issuer, let key = claims?.keyID,
            keyIDs.contains(key)
        else {
            return Cause(known.id, known.summary, evidence: evidence, fix: known.fix)
                .leavingOpen(question(about: known))
        }
        return Cause(
            known.id,
            "STS could not get the issuer's key, which the issuer publishes.",
            evidence: "\(evidence); kid \(key) is published",
            fix: "Try again up to three times; if it stays, let AWS reach the issuer."
        )
        .leavingOpen(
            OpenQuestion(
                causes: ["a passing fault", "an issuer that answers this host and not AWS"],
                tell:
                    "It is passing when one of three attempts goes well; else fetch the keys from another network."
            )
        )
    }

    /// Another certificate than the provider's record has the thumbprint of.
    private func foreignCertificate(_ known: KnownError, evidence: String) -> Cause {
        let host = claims?.issuer.map { OIDCProvider.hostAndPath(of: $0).prefix { $0 != "/" } } ?? "HOST"
        let listed = (provider?.thumbprints ?? []).joined(separator: ", ")
        let arn = ShellWord.posix(provider?.arn ?? federatedPrincipal ?? "PROVIDER_ARN")
        return Cause(
            known.id,
            known.summary,
            evidence: listed.isEmpty ? evidence : "\(evidence); the provider has \(listed)",
            fix: "Replace the whole list: aws iam update-open-id-connect-provider-thumbprint "
                + "--open-id-connect-provider-arn \(arn) --thumbprint-list SHA1"
        )
        .leavingOpen(
            OpenQuestion(
                causes: [
                    "the provider's thumbprint is an old one",
                    "the issuer's chain ends at a private authority, or is inspected on the way",
                ],
                tell:
                    "openssl s_client -showcerts -connect \(host):443 shows the chain; SHA1 is that of its top certificate."
            )
        )
    }
}

extension DiagnosisContext {
    /// What a refusal of AWS may stand for, when nothing here tells.
    private func question(about known: KnownError) -> OpenQuestion? {
        switch known.id {
        case "no-provider":
            return OpenQuestion(
                causes: [
                    "no provider in the role's account", "one that differs by its slash or token version",
                    "one of another tenant", "a wrong account in the role's ARN", "one made seconds ago",
                ],
                tell: "aws iam list-open-id-connect-providers in the role's account."
            )
        case "audience-not-registered":
            return OpenQuestion(
                causes: [
                    "the audience is not among the client IDs", "it is there in another form",
                    "it was just added",
                ],
                tell: "aws iam get-open-id-connect-provider --open-id-connect-provider-arn "
                    + "\(ShellWord.posix(provider?.arn ?? federatedPrincipal ?? "PROVIDER_ARN")) lists them."
            )
        case "verification-key":
            return OpenQuestion(
                causes: [
                    "a passing fault", "a key that the issuer does not publish",
                    "an issuer that AWS cannot reach",
                ],
                tell:
                    "Fetch the issuer's discovery document and keys from outside, and look for the token's kid."
            )
        case "issuer-unreachable":
            return OpenQuestion(
                causes: ["a passing fault", "an issuer that AWS cannot reach, or that answers after 5 s"],
                tell:
                    "It is passing when a later attempt goes well; else time the issuer's discovery document."
            )
        case "claim-rejected":
            return OpenQuestion(
                causes: ["the issuer revoked the token", "the identity is disabled"],
                tell:
                    "az ad sp show --id \(claims?.objectID ?? "PRINCIPAL_ID") --query accountEnabled, and Entra's sign-in log."
            )
        default:
            return nil
        }
    }
}
