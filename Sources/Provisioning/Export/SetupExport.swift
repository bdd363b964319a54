import Federation

/// A form in which a mapping's set-up is written down for other tools.
package enum SetupExport: String, CaseIterable, Hashable, Sendable {
    /// A PowerShell script of Microsoft.Graph and AWS.Tools commands.
    case powershell
    /// A bash script of `az` and `aws` commands.
    case az
    /// A Terraform configuration of the providers azuread, azurerm and aws.
    case terraform
    /// The role's trust policy alone, as JSON.
    case trustPolicy = "trust-policy"

    /// The set-up in this form.
    ///
    /// - Parameters:
    ///   - blueprint: What one mapping needs.
    ///   - region: A region of AWS for tools that want one, though IAM is the same in all of them.
    /// - Returns: The file's text, its last line ended.
    /// - Throws: ``SetupExportError`` when the blueprint is not about one mapping, or leaves out what the form needs.
    package func text(of blueprint: DesiredState, region: String) throws(SetupExportError) -> String {
        guard let setup = ExportedSetup(blueprint, region: region) else { throw .notOneMapping }
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

/// Why a set-up cannot be written down.
package enum SetupExportError: Error, Hashable, Sendable {
    case notOneMapping
    /// The trust policy names the identity's object id, which the configuration does not tell.
    case principalUnknown
}

extension SetupExportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notOneMapping:
            "An export is about one mapping."
        case .principalUnknown:
            "The trust policy names the identity's object id, which the configuration does not tell. Set principal_id "
                + "of the identity; the other formats look it up."
        }
    }
}
