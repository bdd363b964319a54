import Federation
import Foundation
import TestSupport
import Testing
import YAMLReader

@testable import ConfigurationFile

/// `cloud:`, scopes in audiences, and values from variables.
@Suite(.limited) struct CloudTests {
    private static func entries(
        audience: String = "api://a",
        role: String = "arn:aws:iam::111122223333:role/r"
    ) -> String {
        """
        identities:
          vm:
            tenant_id: 7d1c5a40-9c1e-4c52-8e0f-2b6a1f0c9d11
            client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74
        mappings:
          audit:
            identity: vm
            audience: \(audience)
            role_arn: \(role)

        """
    }

    private static func read(_ text: String, _ environment: [String: String] = [:]) throws
        -> ConfigurationFile
    {
        try ConfigurationFile.read(text: text, path: "config.yaml", environment: environment)
    }

    private static func messages(_ text: String, _ environment: [String: String] = [:]) -> [String] {
        do throws(ConfigurationError) {
            let file = try ConfigurationFile.read(text: text, path: "config.yaml", environment: environment)
            return file.warnings.map { $0.message(path: "config.yaml") }
        } catch {
            return error.problems.map { $0.message(path: "config.yaml") }
        }
    }

    @Test func `one key sets authority, graph, and arm`() throws {
        let configuration = try Self.read("cloud: china\n" + Self.entries()).configuration
        #expect(configuration.endpoints.authority?.host() == "login.chinacloudapi.cn")
        #expect(configuration.endpoints.graph?.host() == "microsoftgraph.chinacloudapi.cn")
        #expect(configuration.endpoints.arm?.host() == "management.chinacloudapi.cn")
        let settings = ConfigurationFile.settings(
            text: "cloud: china\n" + Self.entries(),
            path: "config.yaml",
            environment: [:]
        )
        let graph = settings.first { $0.keys == ["endpoints", "graph"] }
        #expect(graph?.origin.description == "from cloud: china")
    }

    @Test func `the cloud follows from a national authority, and its origin is reported`() throws {
        let environment = ["AZURE_AUTHORITY_HOST": "login.microsoftonline.us"]
        let configuration = try Self.read(Self.entries(), environment).configuration
        #expect(configuration.cloud == .usGovernment)
        #expect(configuration.endpoints.graph?.host() == "graph.microsoft.us")
        let settings = ConfigurationFile.settings(
            text: Self.entries(),
            path: "config.yaml",
            environment: environment
        )
        let cloud = settings.first { $0.keys == ["cloud"] }
        #expect(cloud?.text == "usgovernment")
        #expect(cloud?.origin.description == "from endpoints.authority")
    }

    @Test(arguments: [
        ("aws-cn", MicrosoftCloud.china, "login.chinacloudapi.cn"),
        ("aws-us-gov", .usGovernment, "login.microsoftonline.us"),
    ])
    func `the cloud follows from the partition of every role, and its origin is reported`(
        partition: String,
        cloud: MicrosoftCloud,
        authority: String
    ) throws {
        let text = Self.entries(role: "arn:\(partition):iam::111122223333:role/r")
        let configuration = try Self.read(text).configuration
        #expect(configuration.cloud == cloud)
        #expect(configuration.endpoints.authority?.host() == authority)
        let settings = ConfigurationFile.settings(text: text, path: "config.yaml", environment: [:])
        let setting = settings.first { $0.keys == ["cloud"] }
        #expect(setting?.text == cloud.rawValue)
        #expect(setting?.origin.description == "from the partition \(partition) of every role_arn")
    }

    @Test func `a cloud, an authority, or a role of another partition decides before the partition`() throws {
        let text = Self.entries(role: "arn:aws-us-gov:iam::111122223333:role/r")
        let other = """
              other:
                identity: vm
                audience: api://a
                role_arn: arn:aws:iam::111122223333:role/r

            """
        #expect(try Self.read("cloud: public\n" + text).configuration.cloud == .public)
        #expect(try Self.read(text + other).configuration.cloud == .public)
        let environment = ["AZURE_AUTHORITY_HOST": "login.microsoftonline.com"]
        #expect(try Self.read(text, environment).configuration.cloud == .public)
    }

    @Test func `an endpoint of another cloud is an error that names its origin`() {
        let text = "cloud: public\n" + Self.entries()
        #expect(
            Self.messages(text, ["AZURE_AUTHORITY_HOST": "login.chinacloudapi.cn"]) == [
                #"config.yaml:1:1: cloud: found "public"; accepted: china, because AZURE_AUTHORITY_HOST names "#
                    + "login.chinacloudapi.cn in that cloud"
            ]
        )
        #expect(
            Self.messages("cloud: mars\n")
                == [#"config.yaml:1:1: cloud: found "mars"; accepted: public, usgovernment, or china"#]
        )
    }

    @Test(arguments: ["AWS_REGION", "AWS_DEFAULT_REGION"])
    func `a region of another partition is reported at its position`(variable: String) {
        let text = Self.entries(role: "arn:aws-cn:iam::111122223333:role/r")
        #expect(
            Self.messages(text, [variable: "us-east-1"]) == [
                "\(variable): mappings.audit.region: found \"us-east-1\"; accepted: a region of the role's "
                    + "partition, "
                    + "aws-cn"
            ]
        )
        #expect(Self.messages(text, [variable: "aws-global"]).first?.contains("found \"aws-global\"") == true)
        let defaults = "defaults: {region: us-east-1}\n" + text
        #expect(
            Self.messages(defaults, [variable: "cn-north-1"]).first?.hasPrefix("config.yaml:1:12:") == true
        )
    }

    @Test(arguments: ["api://a11ce000-2222-4333-8444-555566667777/read", "api://logging/.default"])
    func `a scope in place of the URI causes a warning`(audience: String) throws {
        let message = try #require(Self.messages(Self.entries(audience: audience)).first)
        #expect(message.hasPrefix("config.yaml:8:5: warning: mappings.audit.audience: found \"\(audience)\""))
        #expect(message.contains("the identifier URI alone"))
    }

    @Test func `a name after the tenant's ID is part of the URI`() {
        let audience = "api://7d1c5a40-9c1e-4c52-8e0f-2b6a1f0c9d11/security-aws-logging"
        #expect(Self.messages(Self.entries(audience: audience)) == [])
    }
}
