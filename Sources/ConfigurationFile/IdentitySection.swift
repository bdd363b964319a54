import Federation

extension Section<ManagedIdentity> {
    /// The keys of an entry under `identities:`.
    static let identity = Section(
        blank: ManagedIdentity(id: ""),
        fields: [
            Field("source", \.source, .choice, example: "auto", help: "where its tokens come from"),
            Field(
                "tenant_id",
                \.tenantID,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "the directory, which client secrets and certificates need"
            ),
            Field(
                "client_id",
                \.clientID,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "the client (application) id: selects the identity"
            ),
            Field(
                "resource_id",
                \.resourceID,
                .identityResourceID,
                example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ops"
                    + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/logging",
                help: "the Azure resource id, which selects the identity in place of client_id"
            ),
            Field(
                "system_assigned",
                \.isSystemAssigned,
                .boolean,
                example: "true",
                help: "whether the host's own identity is meant, which nothing selects"
            ),
            Field(
                "principal_id",
                \.principalID,
                .guid,
                example: "00000000-0000-0000-0000-000000000000",
                help: "the object id: the expected sub; selects the identity when nothing else does"
            ),
            Field(
                "secret_env",
                \.settings.secretVariable,
                .variableName,
                sources: [.clientSecret],
                example: "AZURE_CLIENT_SECRET",
                help: "the variable that holds the client secret"
            ),
            Field(
                "secret_file",
                \.settings.secretFile,
                .file,
                sources: [.clientSecret],
                example: "client-secret",
                help: "the file that holds the client secret"
            ),
            Field(
                "certificate_file",
                \.settings.certificateFile,
                .file,
                sources: [.clientCertificate],
                example: "client.pem",
                help: "the certificate with its key, PEM or PFX"
            ),
            Field(
                "certificate_password_env",
                \.settings.certificatePasswordVariable,
                .variableName,
                sources: [.clientCertificate],
                example: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                help: "the variable that holds the PFX file's password"
            ),
            Field(
                "token_file",
                \.settings.tokenFile,
                .file,
                sources: [.workloadIdentity, .file],
                example: "/var/run/secrets/azure/tokens/azure-identity-token",
                help: "the federated token, or with source: file the token itself"
            ),
            Field(
                "federated_identity",
                \.settings.federatedIdentity,
                .identityName,
                sources: [.workloadIdentity],
                example: "host",
                help: "another identity, whose token takes the place of token_file"
            ),
            Field(
                "authority",
                \.settings.authority,
                .authority,
                sources: [.auto, .workloadIdentity, .clientSecret, .clientCertificate],
                example: "https://login.microsoftonline.com/",
                help: "where Entra is asked, in place of endpoints.authority"
            ),
            Field(
                "command",
                \.settings.command,
                .command,
                sources: [.command],
                example: "[ssh, vm1, cambist, claims, audit, --raw, --yes]",
                help: "a program that prints a token"
            ),
            Field(
                "timeout",
                \.settings.timeout,
                .duration(.seconds(1) ... .seconds(600)),
                example: "30s",
                help: "how long one ask may take; the source's own bound when absent"
            ),
        ]
    )
}
