import Federation
import Foundation
import TrustPolicy

// The commands of fixes, with the mapping's own values where they are known.
extension DiagnosisContext {
    /// The role's name as a word of the shell.
    var roleNameWord: String { ShellWord.posix(request.roleARN?.name ?? "ROLE") }

    /// The provider's ARN as a word of the shell.
    var providerARNWord: String { ShellWord.posix(provider?.arn ?? federatedPrincipal ?? "PROVIDER_ARN") }

    /// The host of the token's issuer.
    var issuerHost: String {
        claims?.issuer.map { String(OIDCProvider.hostAndPath(of: $0).prefix { $0 != "/" }) } ?? "HOST"
    }

    /// The command that creates the token's provider.
    var providerCreation: String {
        "aws iam create-open-id-connect-provider --url \(ShellWord.posix(claims?.issuer ?? "ISSUER")) --client-id-list "
            + ShellWord.posix(claims?.effectiveAudiences.first ?? "AUDIENCE")
    }

    /// The command that adds an audience to the provider's client IDs.
    func addition(of audience: String) -> String {
        "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \(providerARNWord) "
            + "--client-id \(ShellWord.posix(audience))"
    }

    /// The command that replaces the role's trust policy.
    func storing(_ policy: TrustPolicy) -> String {
        "aws iam update-assume-role-policy --role-name \(roleNameWord) --policy-document "
            + ShellWord.posix(policy.document.compactText)
    }

    /// Lowers the requested duration, or raises the role's maximum.
    var longerSessions: Fix {
        let seconds = request.duration.map { "\($0.wholeSeconds)" } ?? "SECONDS"
        return Fix(
            "Lower the mapping's duration, or raise the role's maximum:",
            commands: ["aws iam update-role --role-name \(roleNameWord) --max-session-duration \(seconds)"]
        )
    }

    /// Assigns the app role to the identity.
    var assignment: Fix {
        let audience = ShellWord.posix(request.audience ?? "AUDIENCE")
        let principal = claims?.objectID ?? evidence.identity?.principalID ?? "PRINCIPAL_ID"
        let role = request.appRole ?? "APP_ROLE"
        if let resource = evidence.assignment?.resourceID, let id = evidence.assignment?.appRole?.id {
            return Fix(
                "Assign the app role to the identity's service principal itself:",
                commands: [
                    "az rest -m POST -u \"https://graph.microsoft.com/v1.0/servicePrincipals/\(resource)/appRoleAssignedTo\" "
                        + "-b '{\"principalId\":\"\(principal)\",\"resourceId\":\"\(resource)\",\"appRoleId\":\"\(id)\"}'"
                ]
            )
        }
        return Fix(
            "Assign the app role to the identity's service principal itself:",
            commands: [
                "SP=$(az ad sp show --id \(audience) --query id -o tsv)",
                "ROLE=$(az ad sp show --id \(audience) --query \"appRoles[?value=='\(role)'].id\" -o tsv)",
                "az rest -m POST -u \"https://graph.microsoft.com/v1.0/servicePrincipals/$SP/appRoleAssignedTo\" "
                    + "-b \"{\\\"principalId\\\":\\\"\(principal)\\\",\\\"resourceId\\\":\\\"$SP\\\","
                    + "\\\"appRoleId\\\":\\\"$ROLE\\\"}\"",
            ]
        )
    }

    /// The command that makes Entra issue version 1 tokens for the application.
    var versionOneCommand: String {
        let application =
            evidence.assignment?.applicationID ?? claims?.audiences.first { $0.isGUID } ?? "APP_ID"
        return
            "az rest -m PATCH -u \"https://graph.microsoft.com/v1.0/applications(appId='\(application)')\" "
            + "-b '{\"api\":{\"requestedAccessTokenVersion\":1}}'"
    }

    /// The command that requires an app role assignment for the audience.
    var assignmentRequirement: String {
        let audience = ShellWord.posix(request.audience ?? "AUDIENCE")
        return "az ad sp update --id $(az ad sp show --id \(audience) --query id -o tsv) "
            + "--set appRoleAssignmentRequired=true"
    }

    /// The command that lets an identity trust a federated token.
    func federatedCredential(for assertion: Claims) -> String {
        "az identity federated-credential create --name cambist --identity-name NAME --resource-group GROUP --issuer "
            + "\(ShellWord.posix(assertion.issuer ?? "ISSUER")) --subject "
            + "\(ShellWord.posix(assertion.subject ?? "SUBJECT")) --audiences "
            + ShellWord.posix(assertion.audiences.first ?? "api://AzureADTokenExchange")
    }

    /// The command that waits until the mapping works.
    var waitCommand: String {
        "`cambist wait MAPPING` reports when it works.".naming(request.mapping ?? "MAPPING")
    }

    /// The command that corrects this host's clock.
    static let clockCommand = "timedatectl set-ntp true"
}
