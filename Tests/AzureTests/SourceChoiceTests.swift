import Federation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct SourceChoiceTests {
    private func choice(_ names: [String], files: Set<String> = []) -> SourceChoice {
        let variables = Dictionary(uniqueKeysWithValues: names.map { ($0, "x") })
        let environment = SourceEnvironment(variables: variables) { files.contains($0) }
        return SourceChoice(for: Fixture.identity, environment)
    }

    @Test(arguments: [
        ([], TokenSourceKind.imds),
        (["AZURE_CLIENT_ID"], .imds),
        (["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"], .serviceFabric),
        (["IDENTITY_ENDPOINT", "IDENTITY_HEADER"], .appService),
        (["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"], .appService),
        (["MSI_ENDPOINT", "MSI_SECRET"], .azureML),
        (["MSI_ENDPOINT"], .cloudShell),
        (["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"], .azureArc),
        (["IDENTITY_ENDPOINT"], .imds),
        (["MSI_SECRET", "IDENTITY_HEADER"], .imds),
        (["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"], .workloadIdentity),
        (
            [
                "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT",
                "IDENTITY_HEADER",
            ],
            .workloadIdentity
        ),
        (["AZURE_CLIENT_ID", "AZURE_TENANT_ID"], .imds),
    ])
    func `the variables select the source in the libraries' order`(names: [String], kind: TokenSourceKind) {
        #expect(choice(names).kind == kind)
    }

    @Test(arguments: ["/opt/azcmagent/bin/himds", "/var/opt/azcmagent/bin/himds"])
    func `the Arc agent's program selects Arc`(path: String) {
        #expect(choice([], files: [path]).kind == .azureArc)
        #expect(choice([], files: [path]).reason == "\(path) exists")
    }

    @Test func `the reason names the deciding variables`() {
        #expect(choice(["MSI_ENDPOINT", "MSI_SECRET"]).reason == "MSI_ENDPOINT, MSI_SECRET are set")
    }

    @Test func `an empty variable counts as missing`() {
        let environment = SourceEnvironment(variables: ["MSI_ENDPOINT": ""]) { _ in false }
        #expect(SourceChoice(for: Fixture.identity, environment).kind == .imds)
    }

    @Test func `a configured source requires no variable`() {
        var identity = Fixture.identity
        identity.source = .azureCLI
        let environment = SourceEnvironment(variables: ["MSI_ENDPOINT": "x"]) { _ in true }
        #expect(SourceChoice(for: identity, environment).kind == .azureCLI)
    }

    @Test func `the variables that decide whose token is returned are facts of the identity`() {
        let hosts: [[String: String]] = [
            [:], ["IDENTITY_ENDPOINT": "http://a/", "IDENTITY_HEADER": "a"],
            ["IDENTITY_ENDPOINT": "http://b/", "IDENTITY_HEADER": "a"],
            ["AZURE_CLIENT_ID": "a", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/f"],
            ["AZURE_CLIENT_ID": "b", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/f"],
            ["AZURE_CLIENT_ID": "a", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/g"],
        ]
        let facts = hosts.map { variables in
            SourceEnvironment(variables: variables) { _ in false }.facts(of: Fixture.identity)
        }
        #expect(Set(facts).count == hosts.count)
        // Source: Azure CLI configuration, AZURE_CONFIG_DIR: the directory that stores the sign-ins.
        let cli = ManagedIdentity(id: "laptop", source: .azureCLI)
        let signIns = ["", "/home/a/.azure", "/home/b/.azure"].map { directory in
            SourceEnvironment(variables: ["AZURE_CONFIG_DIR": directory]) { _ in false }.facts(of: cli)
        }
        #expect(Set(signIns).count == signIns.count)
        // A source ignores the variables of the others.
        let imds = ManagedIdentity(id: "logging", source: .imds)
        #expect(
            SourceEnvironment(variables: hosts[3]) { _ in false }.facts(of: imds)
                == SourceEnvironment(variables: [:]) { _ in false }.facts(of: imds)
        )
    }
}
