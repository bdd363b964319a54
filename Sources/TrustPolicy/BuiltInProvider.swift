import Federation

/// An identity provider that is built into AWS, such as `accounts.google.com`.
///
/// A policy contains the provider's domain instead of the ARN of an OIDC provider in IAM.
///
/// Sources: IAM user guide, "AWS JSON policy elements: Principal" and "Available keys for AWS OIDC federation".
package struct BuiltInProvider: Hashable, Sendable {
    let name: String
    /// The claim that contains the ID of the application or the identity pool.
    let audience: String
    /// The kind of object whose ID is in the claim ``audience``: `application` or `identity pool`.
    let audienceKind: String
    /// The claims that a condition can use to restrict the users.
    let subjects: [String]

    private static let all = [
        BuiltInProvider("accounts.google.com", audience: "aud", subjects: ["sub"]),
        // The claim `amr` of an identity pool states whether the user signed in.
        BuiltInProvider(
            "cognito-identity.amazonaws.com",
            audience: "aud",
            audienceKind: "identity pool",
            subjects: ["sub", "amr"]
        ),
        BuiltInProvider("graph.facebook.com", audience: "app_id", subjects: ["id"]),
        BuiltInProvider("www.amazon.com", audience: "app_id", subjects: ["user_id"]),
    ]

    private init(
        _ name: String,
        audience: String,
        audienceKind: String = "application",
        subjects: [String]
    ) {
        self.name = name
        self.audience = audience
        self.audienceKind = audienceKind
        self.subjects = subjects
    }

    /// Finds the built-in provider with this domain; `nil` for another domain.
    init?(named name: String) {
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }

    /// Returns the domain of the built-in provider with this issuer URL; `nil` for another issuer.
    package static func name(ofIssuer url: String) -> String? {
        BuiltInProvider(named: OIDCProvider.hostAndPath(of: url))?.name
    }

    /// Returns the built-in provider's domain in an OIDC provider's ARN; `nil` for another URL.
    static func name(ofProvider arn: String) -> String? {
        OIDCProvider(arn: arn).flatMap { name(ofIssuer: $0.url) }
    }
}
