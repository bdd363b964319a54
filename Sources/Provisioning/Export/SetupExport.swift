package import Federation

/// A format in which a mapping's setup is exported for other tools.
package enum SetupExport: String, CaseIterable, Hashable, Sendable {
    /// A PowerShell script with Microsoft.Graph and AWS.Tools commands.
    case powershell
    /// A bash script with `az` and `aws` commands.
    case az
    /// A Terraform configuration for the providers azuread, azurerm, and aws.
    case terraform
    /// Only the role's trust policy, as JSON.
    case trustPolicy = "trust-policy"

    /// Returns the setup in this format.
    ///
    /// - Parameters:
    ///   - desiredState: The desired state of a single mapping.
    ///   - region: An AWS region. Some tools require a region even for IAM.
    ///   - configuration: The configuration file for the command that the script prints on its last line.
    ///   - profiles: Profile names for AWS's tools, by account ID.
    /// - Returns: The contents of the file, ending with a line break.
    /// - Throws: ``SetupExportError`` if the setup cannot be exported (for example, a required ID is unknown).
    package func text(
        of desiredState: DesiredState,
        region: String,
        configuration: ConfigurationReference?,
        profiles: [String: String] = [:]
    ) throws(SetupExportError) -> String {
        let profiles = ExportProfiles(profiles)
        for application in desiredState.applications {
            let failure = Failure.microsoftAudience(
                application.identifierURI,
                tenantID: desiredState.tenantID
            )
            if let failure { throw .audienceUnusable(failure) }
        }
        if let chain = ChainExport(desiredState, region: region, configuration, profiles) {
            return chain.text(in: self)
        }
        let setup = try ExportedSetup(desiredState, region: region, configuration, profiles)
        switch self {
        case .powershell: return PowerShellScript(setup: setup).text
        case .az: return AzScript(setup: setup).text
        case .terraform: return TerraformFile(setup: setup).text
        case .trustPolicy:
            guard let id = setup.knownPrincipalID else { throw .principalUnknown }
            let policy = setup.trustPolicy.replacing(.variable(ExportedSetup.principalID), with: .text(id))
            return ScriptText(json: policy).plain + "\n"
        }
    }
}

/// The reason that a setup cannot be exported.
package enum SetupExportError: Error, Hashable, Sendable {
    case notOneMapping
    /// The identity has no usable ID; `resourceID` is invalid or `nil`.
    case identityUnusable(ManagedIdentity.ID, resourceID: String?)
    /// The trust policy requires the identity's object ID, which is not configured.
    case principalUnknown
    /// The audience is a Microsoft application.
    case audienceUnusable(Failure)
}

extension SetupExportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notOneMapping:
            "An export covers one mapping."
        case .identityUnusable(let id, let resourceID?):
            "The resource_id of the identity \(id) is not the ID of a user-assigned managed identity: "
                + VisibleText.oneLine(resourceID)
        case .identityUnusable(let id, nil):
            "The identity \(id) has no principal_id, client_id, or resource_id."
        case .principalUnknown:
            "The trust policy needs the identity's object ID, which the configuration does not contain."
        case .audienceUnusable(let failure):
            failure.message
        }
    }
}

extension SetupExportError {
    /// A stable code for the failure.
    package var code: String {
        switch self {
        case .notOneMapping: "not-one-mapping"
        case .identityUnusable: "identity-unusable"
        case .principalUnknown: "principal-unknown"
        case .audienceUnusable(let failure): failure.code
        }
    }

    /// Returns the remedy; `identity` is the identity of the exported mapping.
    package func fix(identity: ManagedIdentity.ID) -> String {
        switch self {
        case .notOneMapping: "Name one mapping."
        case .identityUnusable:
            "Set principal_id or client_id of the identity \(identity), or resource_id in the form "
                + "/subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…."
        case .principalUnknown:
            "Set principal_id of the identity \(identity), or choose another format, whose output looks up the object ID."
        case .audienceUnusable(let failure): failure.fix
        }
    }
}
