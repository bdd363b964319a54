import Federation
import FoundationEssentials

/// The keys and the Kubernetes cluster behind the credentials of the scenario's identities.
struct ClientCredentials: Sendable {
    let cluster: ClusterIssuer
    /// A key that Entra does not know; `nil` if the scenario has no wrong credential.
    private let unregisteredKey: SigningKey?

    /// Creates the keys.
    ///
    /// - Throws: An error from the cryptographic library.
    init(for plan: LabPlan, at date: Date) throws {
        cluster = try ClusterIssuer(seed: plan.seed, speed: plan.speed, at: date)
        let needsUnregisteredKey = plan.identities.contains { $0.scenario.credential == .wrong }
        unregisteredKey =
            needsUnregisteredKey ? try SigningKey(subject: "unregistered-client", at: date) : nil
    }

    /// The key of the cluster and of all registered client certificates.
    ///
    /// Generating keys is slow, so the cluster and all clients share one key.
    private var key: SigningKey { cluster.key }

    /// Returns an application's registration with its credentials.
    func registration(
        of identity: PlannedIdentity,
        trusting federated: [FederatedCredential],
        created: Date,
        at date: Date
    ) -> DirectoryApplication {
        var application = DirectoryApplication(
            objectID: identity.applicationID,
            appID: identity.clientID,
            displayName: identity.name,
            created: created
        )
        let isExpired = identity.scenario.credential == .expired
        let expiry = date + (isExpired ? -86400 : 365 * 86400)
        application.secrets = [
            ClientSecret(id: identity.applicationID, value: identity.secret.reveal(), expiry: expiry)
        ]
        application.certificates = [RegisteredCertificate(certificate: key.certificate, expiry: expiry)]
        application.federatedCredentials = podCredentials + federated
        return application
    }

    /// The federated identity credentials of each client application and user-assigned identity.
    ///
    /// The first credential trusts the cluster's issuer. The second credential trusts an issuer that Entra cannot
    /// reach.
    var podCredentials: [FederatedCredential] {
        [("cluster", cluster.issuer), ("private-cluster", cluster.privateIssuer)].map { name, issuer in
            FederatedCredential(
                name: name,
                issuer: issuer,
                subject: ClusterIssuer.subject,
                audiences: [ForeignApplication.exchangeURI]
            )
        }
    }

    /// Returns the client secret that an identity sends.
    func secret(of identity: PlannedIdentity) -> String {
        identity.scenario.credential == .wrong ? identity.applicationID : identity.secret.reveal()
    }

    /// Returns the certificate and private key of a client, as PEM.
    func certificatePEM(of identity: PlannedIdentity) -> String {
        let key = identity.scenario.credential == .wrong ? unregisteredKey ?? key : key
        return key.certificatePEM + "\n" + key.privateKeyPEM + "\n"
    }

    /// Returns the contents of a client's federated token file.
    func federatedToken(_ credential: ScenarioIdentity.Credential, at date: Date) throws -> String {
        switch credential {
        case .good:
            try cluster.token(at: date)
        case .wrong:
            try cluster.token(key: unregisteredKey, at: date)
        case .privateIssuer:
            try cluster.token(issuer: cluster.privateIssuer, at: date)
        case .expired:
            try cluster.token(at: date - 2 * 86400)
        case .wrongIssuer:
            try cluster.token(
                issuer: String(cluster.issuer.dropLast()),
                at: date
            )
        case .wrongSubject:
            try cluster.token(subject: ClusterIssuer.subject + "-other", at: date)
        case .wrongAudience:
            try cluster.token(audience: "api://other", at: date)
        }
    }
}
