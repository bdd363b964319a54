/// A delay until a change in Azure or AWS shows, or the time that a state outlives a change.
///
/// The one table of the clouds' delays, for explanations, watches and setup.
package struct PropagationDelay: Hashable, Sendable {
    /// After this time the delay no longer explains a failure.
    package let bound: Duration
    /// The report or document that the figure is from.
    package let source: String

    private init(_ bound: Duration, source: String) {
        self.bound = bound
        self.source = source
    }

    /// A role, trust policy, provider or client ID, from IAM to STS.
    ///
    /// AWS guarantees no bound.
    package static let iam = PropagationDelay(
        .seconds(120),
        source: "Terraform's IAM propagation timeout; 2 s are usual (pulumi-aws #2411), 10 to 30 s were seen "
            + "(terraform-provider-aws #6566), rarely 60 s"
    )
    /// A role that was just created, within IAM's own reads.
    package static let roleVisibility = PropagationDelay(
        .seconds(10),
        source: "NoSuchEntity right after a creation; retries for up to 20 s cover it"
    )
    /// A service principal, application or app role assignment, until Entra no longer refuses the token for it.
    package static let directory = PropagationDelay(
        .seconds(900),
        source: "AADSTS501051 later than 15 min after the assignment has another cause; minutes are usual"
    )
    /// An app role assignment, until a newly issued token contains the role.
    package static let roleClaim = PropagationDelay(
        .seconds(300),
        source: "Directory replication before Entra issues the token; a few minutes are usual"
    )
    /// A federated credential of an identity or application.
    package static let federatedCredential = PropagationDelay(
        .seconds(300),
        source: "AADSTS70021 right after a creation; 1 to 5 min are usual"
    )
    /// An identity that was attached to a host.
    package static let identityAttachment = PropagationDelay(
        .seconds(120),
        source: "\"Identity not found\" from IMDS right after az vm identity assign; 1 to 2 min are usual"
    )
    /// A managed identity's token, which its host caches until it expires.
    ///
    /// Callers cannot force a new one.
    package static let tokenCache = PropagationDelay(
        .seconds(86_400),
        source: "Microsoft, managed identities FAQ: about 24 hours per resource URI"
    )
    /// The time by which Entra dates `iat` and `nbf` before the issue of a token.
    package static let issueBackdating = PropagationDelay(
        .seconds(300),
        source: "Lifetimes of observed tokens: the nominal one plus 300 s"
    )

    /// The causes that report something missing, with the delay by which a change can be hidden.
    static let hiding: [String: PropagationDelay] = [
        "role-unassigned": directory, "audience-unknown": directory, "client-unknown": directory,
        "client-without-principal": directory, "federated-credential-mismatch": federatedCredential,
        "no-provider": iam, "audience-not-registered": iam, "role-not-found": iam, "not-authorized": iam,
    ]

    package static let all = [
        iam, roleVisibility, directory, roleClaim, federatedCredential, identityAttachment, tokenCache,
        issueBackdating,
    ]
}
