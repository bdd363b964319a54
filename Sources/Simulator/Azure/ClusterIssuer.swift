import Federation
import Foundation

/// A Kubernetes cluster whose service accounts Entra may know by federated credentials.
struct ClusterIssuer: Sendable {
    /// The service account that the lab's credentials trust.
    static let subject = "system:serviceaccount:cambist:default"
    /// How long a service account's token lives.
    static let tokenLife = Duration.seconds(3600)

    let issuer: String
    /// The issuer of another cluster, whose keys nobody outside can fetch.
    let privateIssuer: String
    let key: SigningKey
    private let pace: Speed

    /// Makes the cluster's key.
    ///
    /// - Throws: What the cryptographic library throws.
    init(seed: Seed, pace: Speed, at date: Date) throws {
        issuer = "https://oidc.lab.example/\(seed.guid("cluster"))/"
        privateIssuer = "https://oidc.private.example/\(seed.guid("cluster"))/"
        key = try SigningKey(subject: "cluster", at: date)
        self.pace = pace
    }

    /// A service account's token, as the kubelet projects it into a pod; `key` signs in place of the cluster's.
    func token(
        subject: String = Self.subject,
        audience: String = ForeignApplication.exchangeURI,
        issuer: String? = nil,
        key: SigningKey? = nil,
        at date: Date
    ) throws -> String {
        let now = Int(date.timeIntervalSince1970)
        let life = max(1, Int(pace.scaled(Self.tokenLife).seconds))
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
