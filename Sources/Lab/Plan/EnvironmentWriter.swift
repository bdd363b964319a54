import Federation

/// Lists what clients of a running lab need in their environment.
struct EnvironmentWriter {
    let plan: LabPlan
    let addresses: ServiceAddresses

    /// Names and values, those that unmodified clients read first.
    var variables: [(name: String, value: String)] {
        var variables = [
            (name: "AZURE_POD_IDENTITY_AUTHORITY_HOST", value: addresses(.instanceMetadata)),
            (name: "AZURE_AUTHORITY_HOST", value: addresses(.authority)),
            (name: "AZURE_TENANT_ID", value: plan.tenantID),
            (name: "AWS_ENDPOINT_URL_STS", value: addresses.sts),
            (name: "AWS_ENDPOINT_URL_IAM", value: addresses.iam),
            (name: "AWS_ACCESS_KEY_ID", value: plan.administrator.id),
            (name: "AWS_SECRET_ACCESS_KEY", value: plan.administrator.secret.reveal()),
        ]
        if let first = plan.mappings.first {
            variables += [
                (name: "AWS_REGION", value: first.scenario.region),
                (name: "AWS_DEFAULT_REGION", value: first.scenario.region),
            ]
            variables += facts(of: first)
        }
        return variables
    }

    private func facts(of mapping: PlannedMapping) -> [(name: String, value: String)] {
        [
            ("MAPPING", mapping.name),
            ("CLIENT_ID", mapping.identity.clientID),
            ("PRINCIPAL_ID", mapping.identity.principalID),
            ("AUDIENCE", mapping.audience),
            ("ROLE_ARN", mapping.roleARN),
            ("ISSUER", mapping.issuer),
            ("JWKS_URL", "\(addresses(.authority))/common/discovery/keys"),
        ].map { (name: "CAMBIST_LAB_" + $0, value: $1) }
    }
}
