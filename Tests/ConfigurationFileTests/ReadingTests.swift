import Federation
import Foundation
import TestSupport
import Testing
import YAMLReader

@testable import ConfigurationFile

/// A configuration with every kind of entry.
enum Sample {
    static let text = """
        defaults:
          region: eu-west-1
          duration: 1h
          session_name: cambist-{mapping}
        identities:
          logging:
            tenant_id: 11111111-2222-3333-4444-555555555555
            client_id: 1EA7E6E0-7876-4D1C-AEC5-7B1C927EDE74
            principal_id: ee1823f6-34f4-4b8a-8fd1-925e404d170a
            source: imds
          laptop:
            source: command
            command: [ssh, vm1, cambist, claims, audit, --raw]
            timeout: 30s
        mappings:
          audit:
            identity: logging
            audience: api://11111111-2222-3333-4444-555555555555/security-aws-logging
            app_role: AssumeRoleWithWebIdentity
            role_arn: arn:aws:iam::111122223333:role/audit
            policy_arns: [arn:aws:iam::aws:policy/ReadOnlyAccess]
            trust_policy_file: audit-trust.json
            probe: [aws, s3, ls]
            refresh: manual
            tags: [prod, emea]
            setup:
              application: security-aws-logging
              identity: {subscription: 99999999-2222-3333-4444-555555555555, resource_group: ops, location: westeurope, name: logging}
              managed_policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]
              inline_policies: {logs: logs.json}
              max_session: 2h
              thumbprints: [626D44E704D1CEABE3BF0D53397464AC8080142C]
        endpoints:
          graph: https://graph.example/
        cache:
          store: none
        console:
          theme: night
          mouse: true
          bell: false
          notify: [notify-send, cambist]
        keys: {retest: F5}
        themes: {night: {title: {fg: cyan, bold: true}}}
        setup: {graph_identity: laptop, aws_profile: admin}
        network: {ca_file: ~/ca.pem, proxy: http://proxy.example:3128}
        history: {days: 30, rows: 1000, claims: false}
        watch: {speed: 720}
        """

    /// Returns the sample with the first occurrence of a text replaced.
    static func replacing(_ old: String, with new: String) -> String {
        text.replacing(old, with: new, maxReplacements: 1)
    }
}

/// Returns the warnings of a valid text, or the errors of an invalid one; one line each.
func messages(_ text: String, environment: [String: String] = [:]) -> [String] {
    do {
        let file = try ConfigurationFile.read(text: text, path: "config.yaml", environment: environment)
        return file.warnings.map { $0.message(path: file.path) }
    } catch {
        return error.messages
    }
}

@Suite(.limited) struct ReadingTests {
    @Test(arguments: TokenSourceKind.allCases)
    func `the keys of a source are keys of an identity, and it reads the keys that it requires`(
        source: TokenSourceKind
    ) {
        let required = source.properties.requirements.flatMap(\.self)
        let names = Set(Section<ManagedIdentity>.identity.names)
        #expect(names.isSuperset(of: source.properties.keys + required))
        #expect(required.allSatisfy(source.reads))
    }

    @Test func `every key of the sample sets its value`() throws {
        let file = try ConfigurationFile.read(
            text: Sample.text,
            path: "/etc/cambist/config.yaml",
            environment: ["HOME": "/home/ada"]
        )
        let configuration = file.configuration
        #expect(configuration.identities == Self.identities)
        #expect(configuration.mappings == [try Self.mapping])
        #expect(configuration.endpoints == Endpoints(graph: URL(string: "https://graph.example/")))
        #expect(!configuration.cachesCredentials)
        #expect(
            configuration.console
                == ConsoleSettings(
                    theme: "night",
                    usesMouse: true,
                    ringsBell: false,
                    notification: .command(["notify-send", "cambist"]),
                    keys: ["retest": "F5"],
                    themes: ["night": ["title": ["fg": "cyan", "bold": "true"]]]
                )
        )
        #expect(configuration.setup == SetupSettings(graphIdentity: "laptop", awsProfile: "admin"))
        #expect(
            configuration.network
                == NetworkSettings(
                    caFile: "/home/ada/ca.pem",
                    proxy: URL(string: "http://proxy.example:3128")
                )
        )
        #expect(configuration.history == HistorySettings(days: 30, rows: 1000, keepsClaims: false))
        #expect(configuration.watchSpeed == 720)
        #expect(file.warnings.isEmpty)
    }

    private static let identities = [
        ManagedIdentity(
            id: "logging",
            tenantID: "11111111-2222-3333-4444-555555555555",
            clientID: "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74",
            principalID: "ee1823f6-34f4-4b8a-8fd1-925e404d170a",
            source: .imds
        ),
        ManagedIdentity(
            id: "laptop",
            source: .command,
            settings: TokenSourceSettings(
                command: ["ssh", "vm1", "cambist", "claims", "audit", "--raw"],
                timeout: .seconds(30)
            )
        ),
    ]

    private static var mapping: RoleMapping {
        get throws {
            let readOnly = try #require(ARN("arn:aws:iam::aws:policy/ReadOnlyAccess"))
            return RoleMapping(
                id: "audit",
                identity: "logging",
                audience: "api://11111111-2222-3333-4444-555555555555/security-aws-logging",
                appRole: "AssumeRoleWithWebIdentity",
                roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
                region: "eu-west-1",
                duration: .seconds(3600),
                sessionName: "cambist-audit",
                policyARNs: [readOnly],
                trustPolicyFile: "/etc/cambist/audit-trust.json",
                probe: ["aws", "s3", "ls"],
                refresh: .manual,
                tags: ["prod", "emea"],
                setup: SetupRequest(
                    application: "security-aws-logging",
                    identity: IdentityResource(
                        subscription: "99999999-2222-3333-4444-555555555555",
                        resourceGroup: "ops",
                        location: "westeurope",
                        name: "logging"
                    ),
                    managedPolicies: [readOnly],
                    inlinePolicies: ["logs": "/etc/cambist/logs.json"],
                    maximumSession: .seconds(7200),
                    thumbprints: ["626d44e704d1ceabe3bf0d53397464ac8080142c"]
                )
            )
        }
    }
}
