import Federation

extension Section<ManagedIdentity> {
    /// The keys of an entry under `identities:`.
    static let identity = Section(
        defaultDraft: ManagedIdentity(id: ""),
        fields: [
            Field("source", \.source, .choice, example: "auto", help: "token source"),
            Field(
                "tenant_id",
                \.tenantID,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "directory (tenant) ID; required for client secrets and certificates"
            ),
            Field(
                "client_id",
                \.clientID,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "client (application) ID; selects the identity"
            ),
            Field(
                "resource_id",
                \.resourceID,
                .identityResourceID,
                example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ops"
                    + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/logging",
                help: "Azure resource ID; selects the identity in place of client_id"
            ),
            Field(
                "system_assigned",
                \.isSystemAssigned,
                .boolean,
                example: "true",
                help: "whether to use the host's system-assigned identity"
            ),
            Field(
                "principal_id",
                \.principalID,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "object ID: the expected sub claim; selects the identity if no other ID is set"
            ),
            Field(
                "secret_env",
                \.settings.secretVariable,
                .variableName,
                example: "AZURE_CLIENT_SECRET",
                help: "variable that holds the client secret"
            ),
            Field(
                "secret_file",
                \.settings.secretFile,
                .file,
                example: "client-secret",
                help: "file that holds the client secret"
            ),
            Field(
                "certificate_file",
                \.settings.certificateFile,
                .file,
                example: "client.pem",
                help: "certificate with its key, PEM or PFX"
            ),
            Field(
                "certificate_password_env",
                \.settings.certificatePasswordVariable,
                .variableName,
                example: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                help: "variable that holds the password of the PFX file or of the PEM key"
            ),
            Field(
                "token_file",
                \.settings.tokenFile,
                .file,
                example: "/var/run/secrets/azure/tokens/azure-identity-token",
                help: "file with the federated token or, with source: file, the token itself"
            ),
            Field(
                "federated_identity",
                \.settings.federatedIdentity,
                .identityName,
                example: "host",
                help: "identity whose token is used in place of token_file"
            ),
            Field(
                "authority",
                \.settings.authority,
                .authority,
                example: "https://login.microsoftonline.com/",
                help: "Entra endpoint that overrides endpoints.authority"
            ),
            Field(
                "command",
                \.settings.command,
                .command,
                example: "[ssh, vm1, cambist, claims, audit, --raw]",
                help: "command that prints a token"
            ),
            Field(
                "timeout",
                \.settings.timeout,
                .duration(.seconds(1) ... .seconds(600)),
                example: "30s",
                help: "time limit for a token request, including retries (default: the source's limit)"
            ),
        ],
        readers: TokenSourceKind.readers
    )
}
