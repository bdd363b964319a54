import Federation
import FoundationEssentials
import TrustPolicy

extension Fix {
    /// Returns the fix with the request's values in place of the placeholders of general rows.
    func filled(in context: DiagnosisContext) -> Fix {
        var text = text
        if let provider = context.reachableProviderARN {
            text = text.replacing("arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH", with: provider)
        }
        if let tenant = context.evidence.identity?.tenantID ?? context.claims?.tenantID,
            let audience = context.requestedAudience
        {
            let uri = AudienceName.uri(like: audience, tenantID: tenant)
            text = text.replacing("api://TENANT_ID/NAME or api://APP_ID", with: uri)
        }
        text = text.replacing("--role-name ROLE", with: "--role-name \(context.quotedRoleName)")
        if let file = context.evidence.policyFile {
            text = text.replacing("--trust-policy FILE", with: "--trust-policy \(ShellWord.posix(file))")
        }
        return Fix(text, commands: commands)
    }
}

// The commands of fixes, with the mapping's own values where they are known.
extension DiagnosisContext {
    /// The role's name as a shell word.
    var quotedRoleName: String { ShellWord.posix(request.roleARN?.name ?? evidence.policyRole ?? "ROLE") }

    /// The ARN of the provider that STS finds for the role; never a provider in another account or partition.
    fileprivate var reachableProviderARN: String? {
        providerChoice.reachableRecord?.arn ?? (isAccountKnown ? federatedPrincipal : nil)
    }

    /// The provider's ARN as a shell word.
    var quotedProviderARN: String? { reachableProviderARN.map(ShellWord.posix) }

    /// The host of the token's issuer.
    var issuerHost: String? {
        claims?.issuer.map { String(OIDCProvider.hostAndPath(of: $0).prefix { $0 != "/" }) }
    }

    /// The command that creates the token's provider; none without a token, or for an issuer that IAM does not accept.
    var providerCreation: [String] {
        guard let issuer = claims?.issuer, issuer.hasPrefix("https://"),
            let audience = claims?.effectiveAudiences.first
        else { return [] }
        return [
            "aws iam create-open-id-connect-provider --url \(ShellWord.posix(issuer)) --client-id-list "
                + ShellWord.posix(audience)
        ]
    }

    /// The command that adds the token's audience to the provider's client IDs; none without a token.
    var audienceAddition: [String] {
        guard let provider = quotedProviderARN, let audience = claims?.effectiveAudiences.first else {
            return []
        }
        return [
            "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \(provider) "
                + "--client-id \(ShellWord.posix(audience))"
        ]
    }

    /// The command that reads the role's trust policy.
    var trustPolicyCommand: String {
        "aws iam get-role --role-name \(quotedRoleName) --query Role.AssumeRolePolicyDocument"
    }

    /// Returns the command that replaces the role's trust policy or the `earlier` policy of a previous command.
    ///
    /// The policy may have changed since it was read, so the command changes the role only if the role still has that
    /// policy. In JMESPath, JSON in backticks equals a value with the same members in any order.
    func storing(_ policy: TrustPolicy, after earlier: TrustPolicy? = nil) -> String {
        let replacement =
            "aws iam update-assume-role-policy --role-name \(quotedRoleName) --policy-document "
            + ShellWord.posix(policy.document.compactText)
        guard request.roleARN != nil, let read = evidence.policyDocument else { return replacement }
        let json = (earlier?.document ?? read).compactText.replacing("`", with: "\\`")
        return "test \"$(aws iam get-role --role-name \(quotedRoleName) --query "
            + ShellWord.posix("Role.AssumeRolePolicyDocument == `\(json)`")
            + " --output text\(CommandCompletion.optionMark))\" = True && \(replacement)"
    }

    /// Lowers the requested duration, or raises the role's maximum.
    var longerSessions: Fix {
        Fix(
            "Lower the mapping's duration (`cambist config edit`), "
                + "\(setupOption.isEmpty ? "or " : setupOption)raise the role's maximum:",
            commands: request.duration.map { duration in
                [
                    "aws iam update-role --role-name \(quotedRoleName) --max-session-duration "
                        + "\(max(duration.wholeSeconds, 3600))"
                ]
            } ?? []
        )
    }

    /// Assigns the app role to the identity.
    var assignment: Fix {
        guard let role = request.appRole else { return unnamedAssignment }
        guard !hasMicrosoftAudience, let (lookup, principal) = principalSelection else {
            return Fix("Assign the app role to the identity's service principal, not to a group.")
        }
        if let resource = evidence.assignment?.resourceID, let id = evidence.assignment?.appRole?.id {
            return Fix(
                offeringSetup(or: "Assign the app role to the identity's service principal, not to a group:"),
                commands: lookup + [assignmentCommand(principal, resource, id)]
            )
        }
        guard let audience = quotedAudience else {
            return Fix("Assign the app role to the identity's service principal, not to a group.")
        }
        return Fix(
            offeringSetup(or: "Assign the app role to the identity's service principal, not to a group:"),
            commands: lookup + [
                "SP=$(az ad sp show --id \(audience) --query id -o tsv)",
                "ROLE=$(az ad sp show --id \(audience) --query \"appRoles[?value=='\(role)'].id\" -o tsv)",
                assignmentCommand(principal, "$SP", "$ROLE"),
            ]
        )
    }

    /// Assigns an app role to the identity if no mapping names the app role.
    private var unnamedAssignment: Fix {
        guard let audience = quotedAudience else {
            return Fix("Assign the app role to the identity's service principal, not to a group.")
        }
        let client = quotedClientID.map { " of the application \($0)" } ?? ""
        return Fix(
            "Assign an app role of \(requestedAudience ?? "") to the identity's service principal\(client), not to a "
                + "group. The app roles:",
            commands: ["az ad sp show --id \(audience) --query 'appRoles[].[value, id]' -o tsv"]
        )
    }

    /// The command that assigns an app role; each argument is an ID, or a shell variable that contains an ID.
    ///
    /// The command does nothing if a variable is empty.
    private func assignmentCommand(_ principal: String, _ resource: String, _ role: String) -> String {
        let ids = "\"resourceId\":\"\(resource)\",\"appRoleId\":\"\(role)\""
        let body = "{\"principalId\":\"\(principal)\",\(ids)}"
        let word =
            body.contains("$") ? "\"\(body.replacing("\"", with: "\\\""))\"" : "'\(body)'"
        let tests = [principal, resource, role].filter { $0.hasPrefix("$") }.map { "test -n \"\($0)\" && " }
        return tests.joined()
            + "az rest -m POST -u \"\(graph)/servicePrincipals/\(resource)/appRoleAssignedTo\" -b \(word)"
    }

    /// The object ID of the identity's service principal, or a variable of the shell and the command that sets it.
    private var principalSelection: (lookup: [String], principal: String)? {
        if let principalID { return ([], principalID) }
        return quotedClientID.map {
            (["PRINCIPAL=$(az ad sp show --id \($0) --query id -o tsv)"], "$PRINCIPAL")
        }
    }

    /// The command that makes Entra issue version 1 tokens for the application; `nil` if the application is unknown.
    var versionOneCommand: String? {
        let body = "-b '{\"api\":{\"requestedAccessTokenVersion\":1}}'"
        if let application = evidence.assignment?.applicationID ?? claims?.audiences.first(where: \.isGUID) {
            return "az rest -m PATCH -u \"\(graph)/applications(appId='\(application)')\" \(body)"
        }
        return quotedAudience.map { audience in
            "az rest -m PATCH -u \"\(graph)/applications/$(az ad app show --id \(audience) --query id -o "
                + "tsv)\" \(body)"
        }
    }

    /// The command that requires an app role assignment for the audience; `nil` if the audience is unknown.
    var assignmentRequirement: String? {
        quotedAudience.map { audience in
            "az ad sp update --id $(az ad sp show --id \(audience) --query id -o tsv) --set "
                + "appRoleAssignmentRequired=true"
        }
    }

    /// Creates the role that the account lacks, or corrects role_arn.
    var missingRole: Fix {
        let list = ["aws iam list-roles --query 'Roles[].Arn'"]
        guard let mapping = request.mapping, !hasMicrosoftAudience else {
            return Fix("Set role_arn to one of the account's roles:", commands: list)
        }
        return Fix(
            "Run `cambist setup apply \(ShellWord.posix(mapping))`, which creates the role. If the ARN is misspelled, set "
                + "role_arn to one of the account's roles instead (`cambist config edit`):",
            commands: list
        )
    }

    /// Creates the service principal that the audience lacks, or corrects the audience.
    var missingPrincipal: Fix {
        let correction = "If the audience is misspelled, correct it (`cambist config edit`)"
        guard let audience = quotedAudience else {
            return Fix("\(correction). Otherwise, create the application's service principal.")
        }
        // Setup has nothing to create for a Microsoft application.
        let option = applicationCreation.isEmpty ? "" : setupOption
        return Fix(
            "\(correction).\(applicationCreation) If the application exists and only lacks a service principal, "
                + "\(option)create one:",
            commands: ["az ad sp create --id \(audience)"]
        )
    }

    /// The sentence that names setup, which creates the audience's application; empty without a mapping, and for the
    /// audience of a Microsoft application.
    var applicationCreation: String {
        guard let mapping = request.mapping, let audience = requestedAudience,
            MicrosoftResource(audience: audience) == nil
        else { return "" }
        return
            " If the application does not exist yet, run `cambist setup apply \(ShellWord.posix(mapping))`, which "
            + "creates it."
    }

    /// The advice on a federated token that no federated credential matches.
    ///
    /// - Parameters:
    ///   - assertion: The federated token.
    ///   - isAudience: Whether Entra's error states that only the audience differs.
    /// - Returns: The advice; with the command that creates the credential only if the token has the audience that Entra
    ///   expects, because a credential for another audience would hide the error in the token.
    func federatedCredentialFix(for assertion: Claims, isAudience: Bool) -> Fix {
        guard assertion.audiences.contains(cloud.exchangeAudience) else {
            return Fix(
                "Issue the federated token for \(cloud.exchangeAudience): correct the audience of the projected token "
                    + "in the pod's volume, or at the token's issuer. Then compare the issuer and the subject with "
                    + "\(federatedCredentialListing)."
            )
        }
        if isAudience {
            return Fix(
                "Set the audience of the federated credential to \(cloud.exchangeAudience), which the federated token "
                    + "has; \(federatedCredentialListing) shows the credential."
            )
        }
        return Fix(
            "Compare the issuer and the subject, including a trailing slash, with \(federatedCredentialListing). To "
                + "create the credential:",
            commands: federatedCredential(for: assertion)
        )
    }

    /// The name of the federated credential for an issuer and a subject.
    ///
    /// Creating a credential replaces the credential with the same name, so each issuer and subject has its own name.
    private static func credentialName(issuer: String, subject: String) -> String {
        // FNV-1a with 32 bits.
        let hash = "\(issuer)\n\(subject)".utf8.reduce(UInt32(2_166_136_261)) { hash, byte in
            (hash ^ UInt32(byte)) &* 16_777_619
        }
        let digits = String(hash, radix: 16)
        return "cambist-" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// The commands that make the identity, or the application with its client ID, trust a federated token.
    private func federatedCredential(for assertion: Claims) -> [String] {
        guard let issuer = assertion.issuer, let subject = assertion.subject, let identity = identitySelection
        else { return [] }
        let audience = cloud.exchangeAudience
        let name = Self.credentialName(issuer: issuer, subject: subject)
        let creation =
            "az identity federated-credential create --name \(name) --identity-name \(identity.name) "
            + "--resource-group \(identity.group) --issuer \(ShellWord.posix(issuer)) --subject "
            + "\(ShellWord.posix(subject)) --audiences \(ShellWord.posix(audience))"
        guard !identity.preparation.isEmpty, let client = evidence.identity?.clientID else {
            return identity.preparation + [creation]
        }
        let credential = JSONValue.object([
            "name": .string(name), "issuer": .string(issuer), "subject": .string(subject),
            "audiences": .array([.string(audience)]),
        ])
        return identity.preparation + [
            "if [ -n \"$IDENTITY\" ]; then \(creation); else "
                + "az ad app federated-credential create --id \(ShellWord.posix(client)) --parameters \(ShellWord.posix(credential.compactText)); fi"
        ]
    }

    /// The command, in backticks, that lists the federated credentials of the identity or of its application.
    var federatedCredentialListing: String {
        let application =
            "az ad app federated-credential list" + (quotedClientID.map { " --id \($0)" } ?? "")
        guard let identity = identitySelection, identity.preparation.isEmpty else {
            return "`az identity federated-credential list` (or `\(application)`)"
        }
        return "`az identity federated-credential list --identity-name \(identity.name) "
            + "--resource-group \(identity.group)`"
    }

    /// The identity's name and resource group as shell words, and the commands that set their variables.
    private var identitySelection: (preparation: [String], name: String, group: String)? {
        if let fields = evidence.identity?.resourceID?.split(separator: "/").map(String.init),
            fields.count == 8
        {
            return ([], ShellWord.posix(fields[7]), ShellWord.posix(fields[3]))
        }
        guard let id = identityIDCommand else { return nil }
        let show = "az identity show --ids \"$IDENTITY\""
        return (
            ["IDENTITY=\(id)"], "\"$(\(show) --query name -o tsv)\"",
            "\"$(\(show) --query resourceGroup -o tsv)\""
        )
    }

    /// The identity's resource ID as a shell word; `nil` if no value identifies the identity.
    var identityIDCommand: String? {
        let identity = evidence.identity
        if let id = identity?.resourceID { return ShellWord.posix(id) }
        let selector =
            identity?.clientID.map { "clientId=='\($0)'" } ?? principalID.map { "principalId=='\($0)'" }
        return selector.map { "$(az identity list --query \"[?\($0)].id\" -o tsv)" }
    }

    /// Attaches the identity to this virtual machine.
    var attachmentToMachine: Fix? {
        identityIDCommand.map { id in
            Fix(
                "If the identity was attached less than two minutes ago, wait. Otherwise, attach it to this machine "
                    + "and wait one or two minutes:",
                commands: [
                    "VM=$(curl -sSf --noproxy '*' -H Metadata:true "
                        + "'http://169.254.169.254/metadata/instance/compute/resourceId?api-version=2021-02-01&format=text')",
                    "IDENTITY=\(id)",
                    Self.assigning("vm", to: "VM", "--identities"),
                ]
            )
        }
    }

    /// Attaches the identity to the app that runs this process.
    var attachmentToApp: Fix? {
        let caution = "Check that AZURE_CLIENT_ID does not select another identity"
        guard let id = identityIDCommand, let name = evidence.host?.appName else {
            return identityIDCommand.map { _ in
                Fix(
                    "Attach the identity to the app (`az webapp identity assign` or `az containerapp identity "
                        + "assign`), set client_id of this identity in the configuration, and restart the app. "
                        + "\(caution)."
                )
            }
        }
        let isContainer = evidence.host?.place == .containerApp
        let program = isContainer ? "containerapp" : "webapp"
        let option = isContainer ? "--user-assigned" : "--identities"
        return Fix(
            "\(caution), and attach the identity to the app. Then restart the app or create a new revision:",
            commands: [
                "APP=$(az \(program) list --query \"[?name=='\(name)'].id\" -o tsv)",
                "IDENTITY=\(id)",
                Self.assigning(program, to: "APP", option),
            ]
        )
    }

    /// The command that attaches `$IDENTITY` to a resource.
    ///
    /// With an empty list of identities, `az` enables the system-assigned identity instead, so both values are checked.
    private static func assigning(_ program: String, to resource: String, _ option: String) -> String {
        "test -n \"$\(resource)\" && test -n \"$IDENTITY\" && az \(program) identity assign --ids \"$\(resource)\" \(option) "
            + "\"$IDENTITY\""
    }

    /// The way to list the identities of the app that runs this process.
    var identityListing: String {
        let isContainer = evidence.host?.place == .containerApp
        let program = isContainer ? "containerapp" : "webapp"
        guard let name = evidence.host?.appName else {
            return
                "`az containerapp identity show` or `az webapp identity show` lists the app's identities; "
                + "compare them with client_id in the configuration."
        }
        return
            "`az \(program) list --query \"[?name=='\(name)'].identity\"` lists the app's identities; compare them "
            + "with client_id in the configuration."
    }

    /// Whether the configuration or an environment variable selects the identity.
    var hasSelector: Bool {
        let identity = evidence.identity
        return identity?.clientID != nil || identity?.resourceID != nil || identity?.principalID != nil
            || evidence.host?.clientID != nil
    }

    /// Compares the federated token's key with the published keys.
    var unpublishedKey: Fix {
        let advice =
            "Publish the key at the issuer: the jwks_uri of the issuer's discovery document must list the key. For a "
            + "cluster with its own issuer, upload the current keys; Entra caches them for a few minutes."
        guard let issuer = evidence.assertion?.issuer, issuer.hasPrefix("https://") else {
            return Fix(advice)
        }
        let document = ShellWord.posix("\(issuer.droppingTrailingSlash)/.well-known/openid-configuration")
        return Fix(
            "\(advice) The published keys:",
            commands: [
                "curl -sSf \"$(curl -sSf \(document) | jq -r .jwks_uri)\" | jq -r '.keys[].kid'"
            ]
        )
    }

    /// Replaces the provider's thumbprints with the thumbprint of the top certificate of the chain.
    var thumbprintReplacement: Fix {
        guard let host = issuerHost, let provider = quotedProviderARN else {
            return Fix(
                "Replace all thumbprints with the SHA-1 fingerprint of the last certificate in the chain."
            )
        }
        let top = "awk '/BEGIN CERT/{c=\"\"} {c=c $0 \"\\n\"} /END CERT/{l=c} END{printf \"%s\", l}'"
        return Fix(
            "Replace all thumbprints with the SHA-1 fingerprint of the last certificate that the issuer sends:",
            commands: [
                "SHA1=$(openssl s_client -servername \(host) -showcerts -connect \(host):443 </dev/null "
                    + "2>/dev/null | \(top) | openssl x509 -noout -fingerprint -sha1 | sed 's/.*=//; "
                    + "s/://g')",
                "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn "
                    + "\(provider) --thumbprint-list \"$SHA1\"",
            ]
        )
    }

    /// The Microsoft cloud of the token's issuer or, if the issuer's host does not determine the cloud, the configured
    /// cloud.
    var cloud: MicrosoftCloud { issuerCloud ?? evidence.tools.cloud }

    /// The only cloud that uses the host of the token's issuer.
    private var issuerCloud: MicrosoftCloud? {
        guard let host = issuerHost?.lowercased(), issuerKind.isEntra else { return nil }
        if let cloud = MicrosoftCloud(host: host) { return cloud }
        let clouds = MicrosoftCloud.allCases.filter { $0.issuerHost == host }
        return clouds.count == 1 ? clouds[0] : nil
    }

    /// The national cloud of the token's issuer, as the end of a sentence; empty for the public cloud.
    var issuerCloudRemark: String {
        guard let cloud = issuerCloud, cloud != .public,
            let name = claims?.issuer.flatMap({ EntraIssuer(url: $0)?.clouds.first?.rawValue })
        else { return "" }
        let isOther = request.mapping != nil && evidence.tools.cloud != cloud
        return "; the issuer's host belongs to \(name)"
            + (isOther ? ", but the configuration has cloud: \(evidence.tools.cloud.rawValue)" : "")
    }

    /// The base URL of Graph, with the API version.
    var graph: String {
        let base = evidence.tools.graph ?? cloud.graph.absoluteString
        return "\(base.droppingTrailingSlash)/v1.0"
    }

    /// The requested audience as a shell word; `nil` for a Microsoft application.
    private var quotedAudience: String? {
        hasMicrosoftAudience ? nil : requestedAudience.map(ShellWord.posix)
    }

    /// The identity's client ID as a word of the shell: as configured, or from the token or Entra's error.
    var quotedClientID: String? {
        (evidence.identity?.clientID ?? claims?.clientID ?? refusedClientID ?? evidence.host?.clientID)
            .map(ShellWord.posix)
    }

    /// The object ID of the identity's service principal.
    var principalID: String? { claims?.objectID ?? evidence.identity?.principalID }

    /// The clause that offers `cambist setup apply` before another action; empty without a mapping, or if setup must
    /// not register the mapping's audience.
    private var setupOption: String {
        if hasMicrosoftAudience { return "" }
        return request.mapping.map { "run `cambist setup apply \(ShellWord.posix($0))`, or " } ?? ""
    }

    /// Returns the advice with `cambist setup apply` as the first alternative; unchanged without a mapping.
    ///
    /// The advice comes last, because the commands of the fix follow it.
    func offeringSetup(or advice: String) -> String {
        let option = setupOption
        if option.isEmpty { return advice }
        return option.prefix(1).uppercased() + option.dropFirst() + advice.prefix(1).lowercased()
            + advice.dropFirst()
    }

    /// Returns a proposed change of the trust policy with `cambist setup apply` as the first alternative.
    ///
    /// Setup is offered only with a statement for the caller alone, because setup adds such a statement.
    ///
    /// - Parameters:
    ///   - change: The proposed change.
    ///   - transition: The adverb that relates the change to the preceding advice.
    /// - Returns: The advice, as the beginning of a sentence.
    func offeringSetup(orProposal change: String, after transition: String = "Alternatively") -> String {
        let prefix = "Alternatively, add "
        guard change.hasPrefix(prefix) else { return change }
        return "\(transition), \(setupOption)add \(change.dropFirst(prefix.count))"
    }

    /// The command that waits until the mapping works.
    var waitCommand: String {
        "`cambist wait MAPPING` waits until the mapping works."
    }

    /// The command that corrects this host's clock.
    static let clockCommand = ClockComparison.correction
}
