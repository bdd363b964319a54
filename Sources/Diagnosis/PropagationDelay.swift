/// The delay until a change in Azure or AWS takes effect, or the time for which an old state persists.
///
/// Explanations, setup, and each watch use these delays.
package struct PropagationDelay: Hashable, Sendable {
    /// The time after which the delay no longer explains a failure.
    package let bound: Duration
    /// The report or document that contains the figure.
    package let source: String

    private init(_ bound: Duration, source: String) {
        self.bound = bound
        self.source = source
    }

    /// The possible divisors of the delays; outside the lab, the divisor is 1.
    private static let speeds = 1.0...1e6

    /// Returns the nearest possible divisor of the delays; NaN becomes 1.
    ///
    /// A divisor below 1 would extend the delays, so 1 is the minimum.
    package static func speed(nearest speed: Double) -> Double {
        speed.isNaN ? 1 : min(max(speed, speeds.lowerBound), speeds.upperBound)
    }

    /// From a change of a role, trust policy, provider, or client ID until STS uses the change.
    ///
    /// AWS guarantees no bound.
    package static let iam = PropagationDelay(
        .seconds(120),
        source:
            "Terraform's IAM propagation timeout; 2 s is typical (pulumi-aws #2411), 10 to 30 s was observed "
            + "(terraform-provider-aws #6566), rarely 60 s"
    )
    /// From the creation of a role until IAM's own reads return the role.
    package static let roleVisibility = PropagationDelay(
        .seconds(10),
        source: "NoSuchEntity right after a creation; retries for up to 20 s cover it"
    )
    /// From a change of a service principal, application, or app role assignment until Entra's tokens show the change.
    package static let directory = PropagationDelay(
        .seconds(900),
        source: "AADSTS501051 more than 15 min after the assignment has another cause; minutes are typical"
    )
    /// From an app role assignment until a newly issued token contains the role.
    package static let roleClaim = PropagationDelay(
        .seconds(300),
        source: "Directory replication before Entra issues the token; a few minutes is typical"
    )
    /// From a change of a federated credential until Entra accepts a matching token.
    package static let federatedCredential = PropagationDelay(
        .seconds(300),
        source: "AADSTS70021 right after a creation; 1 to 5 min is typical"
    )
    /// From the attachment of an identity to a host until the host's token endpoint finds the identity.
    package static let identityAttachment = PropagationDelay(
        .seconds(120),
        source: "\"Identity not found\" from IMDS right after az vm identity assign; 1 to 2 min is typical"
    )
    /// From the issue of a managed identity's token until the host's cache drops the token.
    ///
    /// Callers cannot force a new token.
    package static let tokenCache = PropagationDelay(
        .seconds(86_400),
        source: "Microsoft, managed identities FAQ: about 24 hours per resource URI"
    )
    /// From a change by setup until every replica of Entra's directory or of IAM shows the change.
    package static let replicas = PropagationDelay(
        .seconds(360),
        source:
            "Microsoft Graph, eventual consistency: seconds to minutes; Terraform's azuread provider waits five minutes, "
            + "its aws provider two"
    )
    /// The time by which Entra can backdate a token's `iat` and `nbf`.
    package static let issueBackdating = PropagationDelay(
        .seconds(300),
        source: "Lifetimes of observed tokens: the nominal one plus 300 s"
    )

    /// The changed object and the delay, by the ID of a cause that can disappear after the delay.
    static let delayByCause: [String: (object: String, delay: PropagationDelay)] = [
        "role-unassigned": ("the assignment", directory),
        "audience-unknown": ("the application", directory),
        "client-unknown": ("the application", directory),
        "client-without-principal": ("the service principal", directory),
        "federated-credential-mismatch": ("the federated credential", federatedCredential),
        "no-provider": ("the OIDC provider", iam),
        "audience-not-registered": ("the OIDC provider", iam),
        "role-not-found": ("the role", iam),
        "not-authorized": ("the role or its trust policy", iam),
    ]
}
