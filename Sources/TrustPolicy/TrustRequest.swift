/// What STS asks a trust policy.
package struct TrustRequest: Hashable, Sendable {
    /// `sts:AssumeRoleWithWebIdentity` as a rule.
    package var action: String
    /// The ARN of the OIDC provider in the role's account.
    package var federatedPrincipal: String
    package var context: RequestContext

    package init(
        action: String = "sts:AssumeRoleWithWebIdentity",
        federatedPrincipal: String,
        context: RequestContext
    ) {
        self.action = action
        self.federatedPrincipal = federatedPrincipal
        self.context = context
    }
}
