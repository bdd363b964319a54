import Federation

/// The Azure CLI, for its signed-in identity.
///
/// `AZURE_CONFIG_DIR` selects the directory with the accounts that are signed in. Source: Azure CLI,
/// `az account get-access-token`; "Azure CLI configuration".
enum AzureCLISource {
    static let declaration = SourceDeclaration(
        kind: .azureCLI,
        otherVariables: ["AZURE_CONFIG_DIR"]
    ) { context throws(TokenSourceError) in
        source(context)
    } obstacle: { context in
        context.missingProgram("az")
    }

    private static func source(_ context: SourceContext) -> CommandSource {
        let tenant = context.identity.tenantID.map { ["--tenant=\($0)"] } ?? []
        return CommandSource(.azureCLI, name: "az", context, variables: ["AZURE_CORE_NO_COLOR": "true"]) {
            ["account", "get-access-token", "--output=json", "--resource=\($0.audience)"] + tenant
        }
    }
}
