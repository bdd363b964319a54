import Federation
import Foundation
import TrustPolicy

extension Check {
    /// The claims that STS demands of every token.
    static let requiredClaims = Check(.token) { examination in
        guard let claims = examination.claims else { return [] }
        let present = [
            "iss": claims.issuer != nil, "aud": !claims.audiences.isEmpty, "sub": claims.subject != nil,
            "iat": claims.issuedAt != nil, "exp": claims.expiry != nil,
        ]
        var findings: [Finding] = []
        for name in present.filter({ !$0.value }).keys.sorted() {
            let value = claims.payload[name]
            let finding = Finding.blocking(
                Cause(
                    "claim-missing",
                    "STS demands the claim \(name), and dates as whole seconds.",
                    evidence: value.map { "\(name) is \($0.compactText)" } ?? "the token has no \(name)",
                    fix:
                        "Ask Entra for an access token for the audience; other kinds of token lack such claims."
                )
            )
            findings.append(["aud", "exp"].contains(name) ? finding.stopping : finding)
        }
        if let issuer = claims.issuer, !issuer.hasPrefix("https://") {
            findings.append(
                .blocking(
                    Cause(
                        "issuer-not-url",
                        "The issuer is no HTTPS URL.",
                        evidence: "iss is \(issuer)",
                        fix: "Use a token of Entra's, whose iss begins with https://."
                    )
                )
            )
        }
        return findings
    }

    /// A user's token where an identity's is meant.
    static let callerKind = Check(.token) { examination in
        guard let claims = examination.claims else { return [] }
        let scope = claims.payload["scp"]?.string
        let isUser = claims.payload["idtyp"]?.string == "user"
        let isPairwise = claims.objectID != nil && claims.subject != nil && claims.objectID != claims.subject
        guard scope != nil || isUser || isPairwise else { return [] }
        let evidence = scope.map { "scp is \($0)" } ?? (isUser ? "idtyp is user" : "oid and sub differ")
        return [
            examination.decisive(
                Cause(
                    "user-token",
                    "The token is a user's and not a managed identity's, so its sub is another.",
                    evidence: evidence,
                    fix:
                        "Ask on a host that has the managed identity: Cloud Shell and az login give a user's token."
                )
            )
        ]
    }

    /// Whether the identity that answered is the configured one.
    static let callerIdentity = Check(.token) { examination in
        guard let claims = examination.claims, let identity = examination.evidence.identity else { return [] }
        let pairs = [
            ("oid", identity.principalID, claims.objectID), ("appid", identity.clientID, claims.clientID),
            ("tid", identity.tenantID, claims.tenantID),
        ]
        let differing = pairs.compactMap { name, expected, found -> String? in
            guard let expected, found?.lowercased() != expected.lowercased() else { return nil }
            return "\(name) is \(found ?? "absent"), configured is \(expected)"
        }
        guard !differing.isEmpty else { return [] }
        let evidence = differing.joined(separator: "; ")
        let isSameResource =
            identity.resourceID != nil
            && claims.payload["xms_mirid"]?.string?.lowercased() == identity.resourceID?.lowercased()
        return [
            .blocking(isSameResource ? .recreatedIdentity(evidence) : examination.otherIdentity(evidence))
                .stopping
        ]
    }

    /// Version 2 tokens, whose issuer and audience are others.
    static let tokenVersion = Check(.token) { examination in
        guard let claims = examination.claims, claims.isVersionTwo else { return [] }
        let cause = Cause(
            "v2-token",
            "The token is of version 2: its issuer is another, its aud a GUID, and AWS compares azp.",
            evidence:
                "ver is \(claims.version ?? "absent"), iss is \(claims.issuer ?? "absent"), azp is "
                + (claims.authorizedParty ?? "absent"),
            fix:
                "Set the application's api.requestedAccessTokenVersion to 1; its identifier URI must then hold "
                + "the tenant or application id. Cached tokens stay as they are for up to 24 hours.\n"
                + examination.firstVersion
        )
        .leavingOpen(examination.staleSetting)
        // It is then what keeps the audience from being the one that was asked for.
        guard let expected = examination.request.audience, !claims.audiences.contains(expected),
            !expected.isGUID, claims.audiences.first?.isGUID == true
        else { return [.notable(cause)] }
        return [.blocking(cause).stopping]
    }

    /// Whether the token is for the audience that was asked.
    static let audience = Check(.token) { examination in
        guard let claims = examination.claims, let found = claims.audiences.first else { return [] }
        guard let expected = examination.request.audience else {
            return found.isMicrosoftResource ? [examination.decisive(.microsoftAudience(found))] : []
        }
        if expected.lowercased() == examination.evidence.identity?.clientID?.lowercased() {
            return [.blocking(.identityAsAudience(expected)).stopping]
        }
        guard !claims.audiences.contains(expected) else { return [] }
        if found.isMicrosoftResource { return [.blocking(.microsoftAudience(found)).stopping] }
        if found.isGUID, !expected.isGUID {
            if claims.isVersionTwo { return [] }
            return [
                .blocking(
                    Cause(
                        "audience-guid",
                        "The token carries the application's id where its identifier URI was asked for.",
                        evidence: "aud is \(found), asked was \(expected)",
                        fix:
                            "Set requestedAccessTokenVersion to 1 and drop the optional claim's use_guid; or put the "
                            + "GUID under audience, into the provider's client IDs and into the trust policy.\n"
                            + examination.firstVersion
                    )
                    .leavingOpen(examination.staleSetting)
                )
                .stopping
            ]
        }
        let nearMiss = NearMiss(betweenRequired: expected, found: found).map { ": \($0)" } ?? ""
        return [
            .blocking(
                Cause(
                    "audience-mismatch",
                    "The token is for another audience than the mapping's.",
                    evidence: "aud is \(found), asked was \(expected)\(nearMiss)",
                    fix:
                        "Correct the mapping's audience to the application's identifier URI, letter by letter."
                )
            )
            .stopping
        ]
    }
}

extension DiagnosisContext {
    /// A cause that stands in the way unless the trust policy lets the token in all the same.
    func decisive(_ cause: Cause) -> Finding {
        verdict?.decision == .allow ? .notable(cause) : .blocking(cause)
    }
}

extension Claims {
    var isVersionTwo: Bool {
        version == "2.0" || issuer?.droppingFinalSlash.hasSuffix("/v2.0") == true
    }
}

extension Cause {
    fileprivate static func recreatedIdentity(_ evidence: String) -> Cause {
        Cause(
            "identity-recreated",
            "The identity was made anew under its name and has other ids.",
            evidence: evidence,
            fix:
                "Set principal_id and client_id to the new ids, assign the app role again, and put the new sub into "
                + "the trust policy."
        )
    }

    fileprivate static func microsoftAudience(_ audience: String) -> Cause {
        Cause(
            "audience-microsoft",
            "The token is for a service of Microsoft's and not for your application.",
            evidence: "aud is \(audience)",
            fix: "Ask for the application's identifier URI: IMDS takes it as resource, az as --resource."
        )
    }

    fileprivate static func identityAsAudience(_ audience: String) -> Cause {
        Cause(
            "identity-as-audience",
            "The audience is the managed identity itself, for which Entra issues no tokens.",
            evidence: "audience is \(audience), the identity's client id",
            fix: "Register an application and use its identifier URI as the audience."
        )
    }
}

extension String {
    /// Whether it is the audience of one of Microsoft's own services.
    fileprivate var isMicrosoftResource: Bool {
        let resources = [
            "https://management.azure.com", "https://management.core.windows.net",
            "https://graph.microsoft.com",
            "https://graph.windows.net", "https://vault.azure.net", "https://storage.azure.com",
            "https://database.windows.net", "00000003-0000-0000-c000-000000000000",
            "api://azureadtokenexchange",
        ]
        return resources.contains(lowercased().droppingFinalSlash.description)
    }
}
