import Federation
import FoundationEssentials

/// Authenticates a client at the token endpoint.
struct ClientAuthentication {
    let clientID: String
    let form: Parameters
    /// The URL of the token endpoint; a client's own assertion must have this audience.
    let endpoint: String
    let date: Date

    init(clientID: String, form: Parameters, endpoint: String, at date: Date) {
        self.clientID = clientID
        self.form = form
        self.endpoint = endpoint
        self.date = date
    }

    /// Returns the authenticated client's service principal.
    ///
    /// - Throws: ``EntraError`` if Entra refuses the client or its credential.
    func client(in state: AzureState) throws(EntraError) -> (principal: ServicePrincipal, proof: ClientProof)
    {
        let view = state.directory.view(at: date, lag: state.tokens.lag)
        let application = view.application(appID: clientID)
        let principal = view.servicePrincipal(appID: clientID)
        guard application != nil || principal?.kind == .managedIdentity else {
            throw .clientNotFound(clientID, tenant: view.tenantID)
        }
        let proof = try prove(application, principal, in: state)
        guard let principal else { throw .noServicePrincipal(client: clientID, tenant: view.tenantID) }
        guard principal.isEnabled else {
            throw .clientDisabled(client: clientID, name: principal.displayName)
        }
        return (principal, proof)
    }

    private func prove(
        _ application: DirectoryApplication?,
        _ principal: ServicePrincipal?,
        in state: AzureState
    ) throws(EntraError) -> ClientProof {
        if let secret = form.filled("client_secret") {
            try check(secret: secret, of: application)
            return .secret
        }
        guard let text = form.filled("client_assertion") else { throw .noCredential }
        guard form["client_assertion_type"] == ClientAssertion.type else { throw .unsupportedAssertionType }
        guard let assertion = ClientAssertion(text) else { throw .malformedAssertion }
        if let thumbprint = assertion.thumbprint, assertion.claims.issuer == clientID {
            try check(assertion, thumbprint: thumbprint, of: application)
        } else {
            let known = application?.federatedCredentials ?? principal?.federatedCredentials ?? []
            try FederatedCheck(assertion: assertion, known: known, date: date).check(in: state)
        }
        return .certificate
    }

    private func check(secret: String, of application: DirectoryApplication?) throws(EntraError) {
        guard let match = application?.secrets.first(where: { $0.value == secret }) else {
            throw .wrongSecret(client: clientID)
        }
        guard match.expiry > date else { throw .expiredSecret(client: clientID) }
    }

    private func check(
        _ assertion: ClientAssertion,
        thumbprint: String,
        of application: DirectoryApplication?
    ) throws(EntraError) {
        guard
            let match = application?.certificates.first(where: { assertion.hasThumbprint(of: $0.certificate) }
            )
        else {
            throw .badSignature("The key was not found.", thumbprint: thumbprint)
        }
        guard match.expiry > date else {
            throw .badSignature("The key used is expired.", thumbprint: thumbprint)
        }
        guard assertion.isSigned(by: match.certificate) else {
            throw .badSignature(
                "The provided signature value did not match the expected signature value.",
                thumbprint: thumbprint
            )
        }
        guard assertion.claims.subject == clientID else { throw .foreignAssertion }
        guard assertion.claims.audiences == [endpoint] else { throw .wrongAssertionAudience }
        try assertion.checkTimes(at: date)
    }
}

/// Validates an assertion against federated identity credentials.
///
/// Source: Microsoft Entra workload identity federation.
private struct FederatedCheck {
    /// The client ID of Microsoft's token exchange application; v2 tokens for the application have this audience.
    private static let exchangeAppID = "fb60f99c-7a34-4190-8149-302f77469936"

    let assertion: ClientAssertion
    let known: [FederatedCredential]
    let date: Date

    func check(in state: AzureState) throws(EntraError) {
        let claims = assertion.claims
        let issuer = claims.issuer ?? ""
        let sameIssuer = known.filter { $0.issuer == issuer }
        guard !sameIssuer.isEmpty else { throw .noFederatedCredential(.issuer, found: issuer) }
        let subject = claims.subject ?? ""
        let sameSubject = sameIssuer.filter { $0.subject == subject }
        guard !sameSubject.isEmpty else { throw .noFederatedCredential(.subject, found: subject) }
        let audiences = claims.audiences.map {
            $0 == Self.exchangeAppID ? ForeignApplication.exchangeURI : $0
        }
        guard sameSubject.contains(where: { !Set($0.audiences).isDisjoint(with: audiences) }) else {
            throw .noFederatedCredential(.audience, found: claims.audiences.joined(separator: ", "))
        }
        guard issuer != state.cluster.privateIssuer else { throw .unreachableIssuer }
        guard isTrusted(issuer: issuer, in: state) else { throw .untrustedAssertion }
        try assertion.checkTimes(at: date)
        guard claims.payload["scp"] == nil else { throw .assertionIsNotAppOnly }
    }

    private func isTrusted(issuer: String, in state: AzureState) -> Bool {
        guard assertion.claims.algorithm == "RS256" else { return false }
        let tenant = state.directory.tenantID
        if issuer == Issuer.version1(tenant) || issuer == Issuer.version2(tenant) {
            return state.tokens.keys.signed(assertion)
        }
        return issuer == state.cluster.issuer && assertion.isSigned(by: state.cluster.key.certificate)
    }
}

extension ClientAssertion {
    /// The tolerated clock offset.
    private static let leeway = Duration.seconds(300)

    fileprivate func checkTimes(at date: Date) throws(EntraError) {
        let from = instant("nbf") ?? instant("iat") ?? .distantPast
        let areReadable = ["nbf", "iat"].allSatisfy { claims.payload[$0] == nil || instant($0) != nil }
        guard let to = instant("exp"), areReadable else { throw .malformedAssertion }
        guard from.since(date) <= Self.leeway, date.since(to) <= Self.leeway else {
            throw .assertionOutOfTime(now: date, from: from, to: to)
        }
    }
}
