import Federation
import Foundation

/// The keys and the issuer by which the scenario's applications prove who they are.
struct ClientCredentials: Sendable {
    let cluster: ClusterIssuer
    /// A key that no application knows, where an identity of the scenario has one.
    private let strangersKey: SigningKey?

    /// Makes the keys.
    ///
    /// - Throws: What the cryptographic library throws.
    init(for plan: LabPlan, at date: Date) throws {
        cluster = try ClusterIssuer(seed: plan.seed, pace: plan.pace, at: date)
        let needsStranger = plan.identities.contains { $0.scenario.credential == .wrong }
        strangersKey = needsStranger ? try SigningKey(subject: "stranger", at: date) : nil
    }

    /// What applications with a certificate sign with: one key for all of them, and the cluster's too.
    private var key: SigningKey { cluster.key }

    /// The registration of an application, with what it may be known by.
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

    /// What every application and user-assigned identity is known by: a pod's service account of either cluster.
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

    /// The secret that a client sends.
    func secret(of identity: PlannedIdentity) -> String {
        identity.scenario.credential == .wrong ? identity.applicationID : identity.secret.reveal()
    }

    /// The certificate and the key that a client signs with, PEM.
    func certificatePEM(of identity: PlannedIdentity) -> String {
        let key = identity.scenario.credential == .wrong ? strangersKey ?? key : key
        return key.certificatePEM + "\n" + key.privateKeyPEM + "\n"
    }

    /// The federated token that a client finds in its file.
    func federatedToken(_ credential: ScenarioIdentity.Credential, at date: Date) throws -> String {
        switch credential {
        case .good:
            try cluster.token(at: date)
        case .wrong:
            try cluster.token(key: strangersKey, at: date)
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
