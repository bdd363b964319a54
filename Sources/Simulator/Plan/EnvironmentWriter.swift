import Federation
import FoundationEssentials

/// Creates the environment variables for clients of a running lab.
struct EnvironmentWriter {
    let plan: LabPlan
    let addresses: ServiceAddresses
    let files: LabFiles
    /// The PEM file with the certificate authorities of the lab's servers; `nil` without TLS.
    let authorityFile: String?
    let fabric: FabricFacts

    /// The variables for unmodified clients, and `CAMBIST_LAB_` variables with data about the lab.
    var variables: [(name: String, value: String)] {
        var variables = [
            ("AZURE_POD_IDENTITY_AUTHORITY_HOST", addresses(.instanceMetadata)),
            ("AZURE_AUTHORITY_HOST", addresses(.authority)),
            ("AZURE_TENANT_ID", plan.tenantID),
            ("AWS_ENDPOINT_URL_STS", addresses.sts),
            ("AWS_ENDPOINT_URL_IAM", addresses.iam),
            ("AWS_ACCESS_KEY_ID", plan.administrator.id),
            ("AWS_SECRET_ACCESS_KEY", plan.administrator.secret.reveal()),
        ]
        if plan.profilesText != nil {
            // The variable AWS_CONFIG_FILE would hide the client's own profiles, so the lab uses another name.
            variables.append(("CAMBIST_LAB_AWS_CONFIG_FILE", files.profiles.path(percentEncoded: false)))
        }
        if let authorityFile {
            variables += ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"].map { ($0, authorityFile) }
        }
        if let first = plan.mappings.first {
            variables += ["AWS_REGION", "AWS_DEFAULT_REGION"].map { ($0, first.scenario.region) }
            variables += (mappingFacts(first) + hostFacts + applicationFacts).map {
                ("CAMBIST_LAB_" + $0, $1)
            }
        }
        return variables.map { (name: $0, value: $1) }
    }

    private func mappingFacts(_ mapping: PlannedMapping) -> [(String, String)] {
        [
            ("MAPPING", mapping.name),
            ("CLIENT_ID", mapping.identity.clientID),
            ("PRINCIPAL_ID", mapping.identity.principalID),
            ("AUDIENCE", mapping.audience),
            ("ROLE_ARN", mapping.roleARN),
            ("ISSUER", mapping.issuer),
            ("JWKS_URL", "\(addresses(.authority))/common/discovery/keys"),
        ]
    }

    /// The addresses of services, and the secrets of simulated hosts.
    private var hostFacts: [(String, String)] {
        let secrets = HostSecrets(seed: plan.seed)
        return [
            ("GRAPH_URL", addresses(.graph)),
            ("ARM_URL", addresses(.resourceManager)),
            ("IDENTITY_ENDPOINT", addresses(.appService) + "/token"),
            ("IDENTITY_HEADER", secrets.appService),
            ("ARC_ENDPOINT", addresses(.arc) + ArcAgent.path),
            ("CLOUD_SHELL_ENDPOINT", addresses(.cloudShell) + "/oauth2/token"),
            ("ML_ENDPOINT", addresses(.machineLearning) + "/token"),
            ("ML_SECRET", secrets.machineLearning),
            ("FABRIC_ENDPOINT", fabric.address + ServiceFabric.path),
            ("FABRIC_HEADER", secrets.serviceFabric),
            ("FABRIC_THUMBPRINT", fabric.thumbprint),
        ]
    }

    /// The variables for the federated token file, and for the first client application, if any.
    ///
    /// All client applications and user-assigned identities accept the federated token.
    private var applicationFacts: [(String, String)] {
        var facts = [("FEDERATED_TOKEN_FILE", files.federatedToken.path(percentEncoded: false))]
        if let client = plan.identities.first(where: { $0.scenario.source.isApplication }) {
            facts += [
                ("APP_CLIENT_ID", client.clientID),
                ("APP_SECRET", client.secret.reveal()),
                ("APP_CERTIFICATE", files.certificate(of: client).path(percentEncoded: false)),
            ]
        }
        return facts
    }
}

/// The address and certificate of the simulated Service Fabric node.
struct FabricFacts: Hashable, Sendable {
    /// The scheme, host, and port.
    let address: String
    /// The SHA-1 hash of the certificate, in hexadecimal.
    let thumbprint: String
}
