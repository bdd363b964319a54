import Federation

/// A format in which a mapping's setup is written for other tools.
package enum SetupExport: String, CaseIterable, Hashable, Sendable {
    /// A PowerShell script of Microsoft.Graph and AWS.Tools commands.
    case powershell
    /// A bash script of `az` and `aws` commands.
    case az
    /// A Terraform configuration of the providers azuread, azurerm and aws.
    case terraform
    /// The role's trust policy alone, as JSON.
    case trustPolicy = "trust-policy"

    /// Returns the setup in this format.
    ///
    /// - Parameters:
    ///   - desiredState: The desired state of one mapping.
    ///   - region: An AWS region for tools that need one, although IAM has none.
    /// - Returns: The file's text, ending with a line end.
    /// - Throws: ``SetupExportError`` for several mappings, or without a value that the format needs.
    package func text(of desiredState: DesiredState, region: String) throws(SetupExportError) -> String {
        guard let setup = ExportedSetup(desiredState, region: region) else { throw .notOneMapping }
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

/// A setup that cannot be exported.
package enum SetupExportError: Error, Hashable, Sendable {
    case notOneMapping
    /// The trust policy needs the identity's object id, which the configuration does not contain.
    case principalUnknown
}

extension SetupExportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notOneMapping:
            "An export covers one mapping."
        case .principalUnknown:
            "The trust policy needs the identity's object id, which the configuration does not contain. Set principal_id "
                + "of the identity; the other formats look it up."
        }
    }
}
