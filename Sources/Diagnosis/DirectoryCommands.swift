import Federation
import TrustPolicy

// The commands for Entra and Azure, with the mapping's own values if known.
extension DiagnosisContext {
    /// The fix that assigns the app role to the identity.
    var assignment: Fix {
        guard let role = request.appRole else { return unnamedAssignment }
        let general: Fix = "Assign the app role to the identity's service principal, not to a group."
        guard !hasMicrosoftAudience, let (lookup, principal) = principalSelection else { return general }
        let advice = offeringSetup(
            or: "Assign the app role to the identity's service principal, not to a group:"
        )
        if let resource = evidence.assignment?.resourceID, let id = evidence.assignment?.appRole?.id {
            let command = assignmentCommand(principal, .known(resource), .known(id))
            return Fix(advice, commands: lookup + [command])
        }
        guard let audience = ownAudience else { return general }
        let id: JMESPath = "appRoles[?value==\(role)].id"
        return Fix(
            advice,
            commands: lookup + [
                "SP=$(az ad sp show --id \(audience) --query id -o tsv)",
                "ROLE=$(az ad sp show --id \(audience) --query \(id) -o tsv)",
                assignmentCommand(principal, .variable("SP"), .variable("ROLE")),
            ]
        )
    }

    /// The fix if Entra refuses the identity as unassigned although the directory shows its assignment.
    ///
    /// The cause is probably that another service principal requested the token.
    var otherAssignment: Fix {
        let assignee = principalID.map { " (\($0))" } ?? ""
        return Fix(
            "Compare the object ID of the service principal that requested the token with the assigned identity"
                + "\(assignee). If they differ, correct client_id and principal_id of the identity (`cambist config "
                + "edit`), or assign the app role to the service principal that requested the token.",
            introduction:
                "The command prints the object ID of the service principal that requested the token:",
            commands: refusedClientID.map { ["az ad sp show --id \($0) --query id -o tsv"] } ?? []
        )
    }

    /// The fix that assigns an app role to the identity; for mappings that name no app role.
    private var unnamedAssignment: Fix {
        guard let audience = ownAudience else {
            return Fix("Assign the app role to the identity's service principal, not to a group.")
        }
        let client = clientID.map { " of the application \($0)" } ?? ""
        return Fix(
            "Assign an app role of \(requestedAudience ?? "") to the identity's service principal\(client), not to a "
                + "group.",
            introduction: "The app roles:",
            commands: ["az ad sp show --id \(audience) --query 'appRoles[].[value, id]' -o tsv"]
        )
    }

    /// An object ID, or the shell variable that contains the ID.
    private enum ObjectID {
        case known(String)
        case variable(StaticString)

        var word: ShellCommand {
            switch self {
            case .known(let id): "\(id)"
            case .variable(let name): "\(variable: name)"
            }
        }

        /// The ID as a string in a JSON text.
        var json: ShellCommand {
            switch self {
            case .known(let id): "\(JSONValue.string(id).compactText)"
            case .variable(let name): "\"\(variable: name)\""
            }
        }

        /// The beginning of a command that runs only if the variable is not empty.
        var test: ShellCommand {
            switch self {
            case .known: ""
            case .variable(let name): "test -n \(variable: name) && "
            }
        }
    }

    /// The command that assigns an app role.
    ///
    /// The command does nothing if a variable is empty.
    private func assignmentCommand(
        _ principal: ObjectID,
        _ resource: ObjectID,
        _ role: ObjectID
    ) -> ShellCommand {
        let tests = "\(principal.test)\(resource.test)\(role.test)" as ShellCommand
        let url: ShellCommand = "\"\(graph)/servicePrincipals/\(resource.word)/appRoleAssignedTo\""
        let ids: ShellCommand = "\"resourceId\":\(resource.json),\"appRoleId\":\(role.json)"
        return "\(tests)az rest -m POST -u \(url) -b '{\"principalId\":\(principal.json),\(ids)}'"
    }

    /// The object ID of the identity's service principal, or a shell variable and the command that sets the variable.
    private var principalSelection: (lookup: [ShellCommand], principal: ObjectID)? {
        if let principalID { return ([], .known(principalID)) }
        return clientID.map {
            (["PRINCIPAL=$(az ad sp show --id \($0) --query id -o tsv)"], .variable("PRINCIPAL"))
        }
    }

    /// The command that makes Entra issue version 1 tokens for the application; `nil` if the application is unknown.
    var versionOneCommand: ShellCommand? {
        let body: ShellCommand = "-b '{\"api\":{\"requestedAccessTokenVersion\":1}}'"
        if let application = evidence.assignment?.applicationID ?? claims?.audiences.first(where: \.isGUID) {
            return "az rest -m PATCH -u \"\(graph)/applications(appId='\(application)')\" \(body)"
        }
        return ownAudience.map { audience in
            "az rest -m PATCH -u \"\(graph)/applications/$(az ad app show --id \(audience) --query id -o "
                + "tsv)\" \(body)"
        }
    }

    /// The command that makes app role assignment a requirement for the audience; `nil` without ``ownAudience``.
    var assignmentRequirement: ShellCommand? {
        ownAudience.map { Self.update(of: $0, "appRoleAssignmentRequired") }
    }

    /// The command that enables the audience's service principal; `nil` without ``ownAudience``.
    var audienceActivation: ShellCommand? { ownAudience.map { Self.update(of: $0, "accountEnabled") } }

    private static func update(of audience: String, _ property: StaticString) -> ShellCommand {
        "az ad sp update --id $(az ad sp show --id \(audience) --query id -o tsv) --set "
            + "\(property.description)=true"
    }

    /// The fix for a role that does not exist: creates the role, or corrects role_arn.
    var missingRole: Fix {
        let list: [ShellCommand] = [.aws("iam list-roles", query: "Roles[].Arn")]
        guard let mapping = request.mapping, isSetupUseful else {
            return Fix("Set role_arn to one of the account's roles:", commands: list)
        }
        return Fix(
            "Run `cambist setup apply \(ShellWord.posix(mapping))`, which creates the role. If the ARN is misspelled, set "
                + "role_arn to one of the account's roles instead (`cambist config edit`):",
            commands: list
        )
    }

    /// The fix if the audience has no service principal: creates the service principal, or corrects the audience.
    var missingPrincipal: Fix {
        let correction = "If the audience is misspelled, correct it (`cambist config edit`)"
        guard let audience = ownAudience else {
            return Fix("\(correction). Otherwise, create the application's service principal.")
        }
        // Setup has nothing to create for a Microsoft application.
        let option = applicationCreation.isEmpty ? "" : setupOption
        return Fix(
            "\(correction).\(applicationCreation) If the application exists and only lacks a service principal, "
                + "\(option)create the service principal:",
            commands: ["az ad sp create --id \(audience)"]
        )
    }

    /// The sentence that recommends `cambist setup apply` to create the audience's application.
    ///
    /// Empty in these cases:
    ///
    /// - The evidence has no mapping.
    /// - The audience is that of a Microsoft application.
    /// - Setup cannot help.
    var applicationCreation: String {
        guard let mapping = request.mapping, let audience = requestedAudience, isSetupUseful,
            MicrosoftResource(audience: audience) == nil
        else { return "" }
        return
            " If the audience is for an application that does not exist yet, run "
            + "`cambist setup apply \(ShellWord.posix(mapping))`, which creates it."
    }

    /// Returns the advice on a federated token that no federated credential matches.
    ///
    /// If Entra does not expect the token's audience, the advice has no command. A new credential would only hide the
    /// error in the token.
    ///
    /// - Parameters:
    ///   - assertion: The federated token.
    ///   - isAudience: Whether Entra's error states that only the audience differs.
    /// - Returns: The advice.
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
            "Compare the issuer and the subject, including a trailing slash, with \(federatedCredentialListing). Decide "
                + "whether workloads with this issuer and subject may use the identity; if not, use the federated "
                + "token of a workload that may.",
            introduction: "If they may, create the credential:",
            commands: federatedCredential(for: assertion)
        )
    }

    /// The name of the federated credential for an issuer and a subject.
    ///
    /// A new credential replaces an existing credential with an equal name. A hash in the name keeps the credentials of
    /// other issuers and subjects.
    private static func credentialName(issuer: String, subject: String) -> String {
        // FNV-1a with 32 bits.
        let hash = "\(issuer)\n\(subject)".utf8.reduce(UInt32(2_166_136_261)) { hash, byte in
            (hash ^ UInt32(byte)) &* 16_777_619
        }
        let digits = String(hash, radix: 16)
        return "cambist-" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Returns the commands that make the identity trust a federated token.
    ///
    /// If the client ID belongs to no managed identity, the commands change the application with that ID.
    private func federatedCredential(for assertion: Claims) -> [ShellCommand] {
        guard let issuer = assertion.issuer, let subject = assertion.subject, let identity = identitySelection
        else { return [] }
        let audience = cloud.exchangeAudience
        let name = Self.credentialName(issuer: issuer, subject: subject)
        let creation: ShellCommand =
            "az identity federated-credential create --name \(name) --identity-name \(identity.name) "
            + "--resource-group \(identity.group) --issuer \(issuer) --subject \(subject) --audiences \(audience)"
        guard !identity.preparation.isEmpty, let client = evidence.identity?.clientID else {
            return identity.preparation + [creation]
        }
        let credential = JSONValue.object([
            "name": .string(name), "issuer": .string(issuer), "subject": .string(subject),
            "audiences": .array([.string(audience)]),
        ])
        return identity.preparation + [
            "if [ -n \(variable: "IDENTITY") ]; then \(creation); else "
                + "az ad app federated-credential create --id \(client) --parameters \(credential.compactText); fi"
        ]
    }

    /// The command, in backticks, that lists the federated credentials of the identity or of its application.
    var federatedCredentialListing: String {
        let id: ShellCommand = clientID.map { "\($0)" } ?? "CLIENT_ID"
        let application: ShellCommand = "az ad app federated-credential list --id \(id)"
        guard let identity = identitySelection, identity.preparation.isEmpty else {
            let listing = "az identity federated-credential list --identity-name NAME --resource-group GROUP"
            return "`\(listing)` (or `\(application)`)"
        }
        let listing: ShellCommand =
            "az identity federated-credential list --identity-name \(identity.name) --resource-group \(identity.group)"
        return "`\(listing)`"
    }

    /// The identity's name and resource group as shell words, and the commands that set any variables in these words.
    private var identitySelection: (preparation: [ShellCommand], name: ShellCommand, group: ShellCommand)? {
        if let fields = evidence.identity?.resourceID?.split(separator: "/").map(String.init),
            fields.count == 8
        {
            return ([], "\(fields[7])", "\(fields[3])")
        }
        guard let id = identityIDCommand else { return nil }
        let show: ShellCommand = "az identity show --ids \(variable: "IDENTITY")"
        return (
            ["IDENTITY=\(id)"], "\"$(\(show) --query name -o tsv)\"",
            "\"$(\(show) --query resourceGroup -o tsv)\""
        )
    }

    /// The identity's resource ID as a shell word, or the command substitution that finds the ID.
    ///
    /// `nil` if neither the resource ID, the client ID, nor the principal ID is known.
    var identityIDCommand: ShellCommand? {
        let identity = evidence.identity
        if let id = identity?.resourceID { return "\(id)" }
        let query: JMESPath? =
            if let id = identity?.clientID {
                "[?clientId==\(id)].id"
            } else {
                principalID.map { "[?principalId==\($0)].id" }
            }
        return query.map { "$(az identity list --query \($0) -o tsv)" }
    }

    /// Whether the host's system-assigned identity is configured; such an identity is enabled instead of attached.
    var isSystemAssigned: Bool { evidence.identity?.isSystemAssigned == true }

    /// The fix that attaches the identity to this virtual machine or, for an instance of a scale set, to the scale set.
    ///
    /// The resource ID in the metadata of a scale set's instance begins with the ID of the scale set:
    /// `…/virtualMachineScaleSets/NAME/virtualMachines/0`. Sources: Microsoft, "Azure Instance Metadata Service",
    /// `resourceId`; Azure CLI reference, `az vm identity assign`, `az vmss identity assign`; "Modify a Virtual Machine
    /// Scale Set", manual upgrade policy.
    var attachmentToMachine: Fix? {
        let identity: ShellCommand? = isSystemAssigned ? "'[system]'" : identityIDCommand
        return identity.map { id in
            let advice =
                isSystemAssigned
                ? "If the system-assigned identity was enabled less than two minutes ago, wait. Otherwise, enable it "
                    + "on this machine and wait one or two minutes. For an instance of a scale set, enable the identity "
                    + "on the scale set instead."
                : "If the identity was attached less than two minutes ago, wait. Otherwise, attach it to this machine "
                    + "and wait one or two minutes. For an instance of a scale set, attach the identity to the scale "
                    + "set instead."
            return Fix(
                "\(advice) If the scale set's upgrade policy is manual, also update its instances (`az vmss "
                    + "update-instances`).\(otherSubscriptionRemark)",
                introduction: "The commands \(isSystemAssigned ? "enable" : "attach") the identity:",
                commands: [
                    "VM=$(curl -sSf --noproxy '*' -H Metadata:true "
                        + "'http://169.254.169.254/metadata/instance/compute/resourceId?api-version=2021-02-01&format=text')",
                    "IDENTITY=\(id)",
                    "test -n \(variable: "VM") && test -n \(variable: "IDENTITY") && case \(variable: "VM") in "
                        + "*/virtualMachineScaleSets/*) az vmss identity assign --ids \"${VM%/virtualMachines/*}\" "
                        + "--identities \(variable: "IDENTITY");; *) az vm identity assign --ids \(variable: "VM") "
                        + "--identities \(variable: "IDENTITY");; esac",
                ]
            )
        }
    }

    /// The sentence about an identity in another subscription; empty if the identity's resource ID is known.
    ///
    /// A system-assigned identity needs no resource ID. Source: Azure CLI reference, `az identity list`: lists the
    /// identities of the current subscription.
    private var otherSubscriptionRemark: String {
        evidence.identity?.resourceID == nil && !isSystemAssigned
            ? " If the identity is in another subscription, replace `$(az identity list …)` in the "
                + "commands with the identity's full resource ID." : ""
    }

    /// The fix that attaches the identity to the app of this process, or enables the app's system-assigned identity.
    var attachmentToApp: Fix? {
        let caution = "Check that AZURE_CLIENT_ID does not select another identity"
        if isSystemAssigned { return systemIdentityOfApp(caution) }
        guard let id = identityIDCommand, let name = evidence.host?.appName else {
            return identityIDCommand.map { _ in
                Fix(
                    "Attach the identity to the app (`az webapp identity assign --resource-group GROUP --name APP "
                        + "--identities ID` or `az containerapp identity assign --resource-group GROUP --name APP "
                        + "--user-assigned ID`), set client_id of this identity in the configuration, and restart the app. "
                        + "\(caution)."
                )
            }
        }
        let isContainer = evidence.host?.place == .containerApp
        let program: ShellCommand = isContainer ? "containerapp" : "webapp"
        let option: ShellCommand = isContainer ? "--user-assigned" : "--identities"
        let query: JMESPath = "[?name==\(name)].id"
        return Fix(
            "\(caution), and attach the identity to the app. Then restart the app or create a new "
                + "revision.\(otherSubscriptionRemark)",
            introduction: "The commands attach the identity:",
            commands: [
                "APP=$(az \(program) list --query \(query) -o tsv)",
                "IDENTITY=\(id)",
                Self.assigning(program, to: "APP", option),
            ]
        )
    }

    /// The fix that enables the system-assigned identity of the app that runs this process.
    ///
    /// Source: Azure CLI reference, `az webapp identity assign`, `az containerapp identity assign`.
    private func systemIdentityOfApp(_ caution: String) -> Fix {
        guard let name = evidence.host?.appName else {
            return Fix(
                "Enable the app's system-assigned identity (`az webapp identity assign --resource-group GROUP --name "
                    + "APP --identities '[system]'` or `az containerapp identity assign --resource-group GROUP --name "
                    + "APP --system-assigned`), and restart the app. \(caution)."
            )
        }
        let isContainer = evidence.host?.place == .containerApp
        let program: ShellCommand = isContainer ? "containerapp" : "webapp"
        let option: ShellCommand = isContainer ? "--system-assigned" : "--identities '[system]'"
        let query: JMESPath = "[?name==\(name)].id"
        return Fix(
            "\(caution), and enable the app's system-assigned identity. Then restart the app or create a new revision.",
            introduction: "The commands enable the identity:",
            commands: [
                "APP=$(az \(program) list --query \(query) -o tsv)",
                "test -n \(variable: "APP") && az \(program) identity assign --ids \(variable: "APP") \(option)",
            ]
        )
    }

    /// The command that attaches `$IDENTITY` to a resource.
    ///
    /// With an empty list of identities, `az` enables the system-assigned identity instead. The command does nothing if
    /// a variable is empty.
    private static func assigning(
        _ program: ShellCommand,
        to resource: StaticString,
        _ option: ShellCommand
    ) -> ShellCommand {
        "test -n \(variable: resource) && test -n \(variable: "IDENTITY") && az \(program) identity assign --ids "
            + "\(variable: resource) \(option) \(variable: "IDENTITY")"
    }

    /// The sentence with a command for listing the identities of this process's app.
    var identityListing: String {
        let isContainer = evidence.host?.place == .containerApp
        let program: ShellCommand = isContainer ? "containerapp" : "webapp"
        guard let name = evidence.host?.appName else {
            return
                "`az containerapp identity show` or `az webapp identity show` lists the app's identities; "
                + "compare them with client_id in the configuration."
        }
        let query: JMESPath = "[?name==\(name)].identity"
        let listing: ShellCommand = "az \(program) list --query \(query)"
        return
            "`\(listing)` lists the app's identities; compare them "
            + "with client_id in the configuration."
    }

    /// Whether the configuration or an environment variable selects the identity.
    var hasSelector: Bool {
        let identity = evidence.identity
        return identity?.clientID != nil || identity?.resourceID != nil || identity?.principalID != nil
            || evidence.host?.clientID != nil
    }

    /// The fix that publishes the key of the federated token; includes a command that lists the published keys.
    var unpublishedKey: Fix {
        let advice =
            "Publish the key at the issuer: the jwks_uri of the issuer's discovery document must list the key. For a "
            + "cluster with its own issuer, upload the current keys; Entra caches them for a few minutes."
        guard let issuer = evidence.assertion?.issuer, issuer.hasPrefix("https://") else {
            return Fix(advice)
        }
        let document = "\(issuer.droppingTrailingSlash)/.well-known/openid-configuration"
        return Fix(
            advice,
            introduction: "The published keys:",
            commands: [
                "curl -sSf --url \"$(curl -sSf \(document) | jq -r .jwks_uri)\" | jq -r '.keys[].kid'"
            ]
        )
    }
}
