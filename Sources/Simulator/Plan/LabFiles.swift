import Federation
import FoundationEssentials

/// The files that a lab's configuration and environment refer to, such as certificates and tokens.
struct LabFiles: Sendable {
    let directory: URL

    /// The default directory for the Azure Arc agent's key files.
    var arcKeys: URL { directory.appending(path: "tokens") }

    func secret(of identity: PlannedIdentity) -> URL { file(identity, "secret") }

    /// Returns the file with a client certificate and its key, as PEM.
    func certificate(of identity: PlannedIdentity) -> URL { file(identity, "pem") }

    func federatedToken(of identity: PlannedIdentity) -> URL { file(identity, "federated-token") }

    /// The federated token file for all client applications and user-assigned identities.
    var federatedToken: URL { directory.appending(path: "federated-token") }

    func token(of identity: PlannedIdentity) -> URL { file(identity, "jwt") }

    func sessionPolicy(of mapping: PlannedMapping) -> URL {
        directory.appending(path: mapping.name + ".policy.json")
    }

    /// The AWS configuration file with a profile for each account's administrator.
    var profiles: URL { directory.appending(path: "aws-config") }

    /// Returns the file with a copy of a role's trust policy (see ``LabPlan/copiesTrustPolicy(of:)``).
    func trustPolicy(of mapping: PlannedMapping) -> URL {
        directory.appending(path: mapping.name + ".trust.json")
    }

    private func file(_ identity: PlannedIdentity, _ suffix: String) -> URL {
        directory.appending(path: "\(identity.name).\(suffix)")
    }

    /// Writes the files that the plan needs.
    func write(_ plan: LabPlan, credentials: ClientCredentials, tokens: AzureState, at date: Date) throws {
        try PrivateFile.makeDirectory(arcKeys)
        for identity in plan.identities {
            switch identity.scenario.source {
            case .instanceMetadata, .azureArc, .workloadIdentity:
                continue
            case .clientSecret, .clientCertificate:
                try PrivateFile.write(credentials.secret(of: identity), to: secret(of: identity))
                try PrivateFile.write(credentials.certificatePEM(of: identity), to: certificate(of: identity))
            case .file:
                let text = try StoredToken(identity: identity, plan: plan).text(in: tokens, at: date)
                try PrivateFile.write(text, to: token(of: identity))
            }
        }
        try writeFederatedTokens(plan, credentials: credentials, at: date)
        if let text = plan.profilesText { try PrivateFile.write(text, to: profiles) }
        for mapping in plan.mappings {
            if plan.copiesTrustPolicy(of: mapping) {
                try PrivateFile.write(mapping.trustPolicy, to: trustPolicy(of: mapping))
            }
            guard let policy = mapping.scenario.sessionPolicy else { continue }
            try PrivateFile.write(policy, to: sessionPolicy(of: mapping))
        }
    }

    /// Writes new service account tokens; called again before the tokens expire.
    func writeFederatedTokens(_ plan: LabPlan, credentials: ClientCredentials, at date: Date) throws {
        try PrivateFile.write(credentials.federatedToken(.good, at: date), to: federatedToken)
        for identity in plan.identities where identity.scenario.source == .workloadIdentity {
            try PrivateFile.write(
                credentials.federatedToken(identity.scenario.credential, at: date),
                to: federatedToken(of: identity)
            )
        }
    }
}

/// The token in a file for the token source `file`.
private struct StoredToken {
    let identity: PlannedIdentity
    let plan: LabPlan

    /// Returns the token in compact form, or other text for the kind `notAToken`.
    func text(in state: AzureState, at date: Date) throws -> String {
        let view = state.directory.newest
        guard let mapping = plan.mappings.first(where: { $0.identity.name == identity.name }),
            let principal = view.servicePrincipal(identity.principalID),
            let target = view.servicePrincipal(named: mapping.audience)
        else { return "" }
        func token(_ bearer: TokenContents.Bearer, at date: Date, keys: EntraSigningKeys? = nil) throws
            -> String
        {
            var service = state.tokens
            if let keys { service.keys = keys }
            let contents = TokenContents(bearer, resource: mapping.audience, target: target, in: view)
            return try service.make(contents, at: date).compact
        }
        let managed = TokenContents.Bearer.application(
            principal,
            roles: [mapping.appRole],
            proof: .certificate
        )
        switch identity.scenario.token {
        case .good: return try token(managed, at: date)
        case .expired: return try token(managed, at: date - 3 * 86400)
        case .user:
            return try token(.user(state.user, clientID: PublicClient.cloudShell.id), at: date)
        case .unpublishedKey:
            let keys = try EntraSigningKeys(period: .seconds(86400), tokenLife: .seconds(86400), at: date)
            return try token(managed, at: date, keys: keys)
        case .tampered: return try Self.tampered(token(managed, at: date))
        case .notAToken: return "this is not a token"
        }
    }

    /// Returns the token with one bit of its signature flipped.
    private static func tampered(_ token: String) -> String {
        let parts = token.split(separator: ".").map(String.init)
        guard parts.count == 3, var signature = Data(base64URL: parts[2]), !signature.isEmpty else {
            return token
        }
        signature[signature.startIndex] ^= 1
        return [parts[0], parts[1], signature.base64URL].joined(separator: ".")
    }
}
