import Federation
import FoundationEssentials

/// A Kubernetes cluster: an OIDC issuer that federated identity credentials trust.
struct ClusterIssuer: Sendable {
    /// The service account that the lab's federated identity credentials trust.
    static let subject = "system:serviceaccount:cambist:default"
    /// The lifetime of a service account token at normal speed.
    static let tokenLife = Duration.seconds(3600)

    let issuer: String
    /// The issuer URL of a second cluster, whose keys Entra cannot reach.
    let privateIssuer: String
    let key: SigningKey
    private let speed: Speed

    /// Creates a cluster with a new key.
    ///
    /// - Throws: An error from the cryptographic library.
    init(seed: Seed, speed: Speed, at date: Date) throws {
        issuer = "https://oidc.lab.example/\(seed.guid("cluster"))/"
        privateIssuer = "https://oidc.private.example/\(seed.guid("cluster"))/"
        key = try SigningKey(subject: "cluster", at: date)
        self.speed = speed
    }

    /// Returns a projected service account token; if `key` is `nil`, the cluster's key signs the token.
    func token(
        subject: String = Self.subject,
        audience: String = ForeignApplication.exchangeURI,
        issuer: String? = nil,
        key: SigningKey? = nil,
        at date: Date
    ) throws -> String {
        let now = Int(saturating: date.timeIntervalSince1970)
        let life = max(1, speed.scaled(Self.tokenLife).wholeSeconds)
        return try (key ?? self.key).sign(
            header: [:],
            payload: [
                "iss": .string(issuer ?? self.issuer),
                "sub": .string(subject),
                "aud": .array([.string(audience)]),
                "iat": .integer(now),
                "nbf": .integer(now),
                "exp": .integer(now + life),
            ]
        )
    }
}
