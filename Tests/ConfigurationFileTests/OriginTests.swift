import Federation
import Foundation
import TestSupport
import Testing

@testable import ConfigurationFile

/// The origins of values: the entry, the defaults, the environment, and the built-in defaults.
@Suite(.limited) struct OriginTests {
    private static let mapping = """
        identities: {vm: {client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}}
        mappings: {audit: {identity: vm, audience: api://a, role_arn: "arn:aws:iam::111122223333:role/audit"}}

        """

    private static func read(_ text: String, _ environment: [String: String] = [:]) throws -> Configuration {
        try ConfigurationFile.read(text: text, path: "config.yaml", environment: environment).configuration
    }

    @Test func `an entry's own values have precedence over the defaults; lists are not merged`() throws {
        let text = """
            defaults:
              region: eu-west-1
              tags: [prod]
              setup: {max_session: 2h, application: shared}
              timeout: 30s
              secret_env: SECRET
            identities: {vm: {client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74, timeout: 5s}}
            mappings:
              a: {identity: vm, audience: api://a, role_arn: "arn:aws:iam::111122223333:role/a"}
              b: {identity: vm, audience: api://a, role_arn: "arn:aws:iam::111122223333:role/b",
                  region: us-east-1, tags: [], setup: {application: own}}
            """
        let configuration = try Self.read(text)
        let a = try #require(configuration.mapping("a"))
        let b = try #require(configuration.mapping("b"))
        #expect((a.region, b.region) == ("eu-west-1", "us-east-1"))
        #expect((a.tags, b.tags) == (["prod"], []))
        #expect(a.setup == SetupRequest(application: "shared", maximumSession: .seconds(7200)))
        #expect(b.setup == SetupRequest(application: "own", maximumSession: .seconds(7200)))
        #expect(configuration.identities[0].settings == TokenSourceSettings(timeout: .seconds(5)))
    }

    @Test(arguments: [
        (["AWS_ENDPOINT_URL": "http://127.0.0.1:1/"], "http://127.0.0.1:1/", "http://127.0.0.1:1/"),
        (
            ["AWS_ENDPOINT_URL": "http://127.0.0.1:1/", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:2/"],
            "http://127.0.0.1:2/", "http://127.0.0.1:1/"
        ),
        (
            ["AWS_ENDPOINT_URL_IAM": "https://iam.example/", "AWS_ENDPOINT_URL": ""], nil,
            "https://iam.example/"
        ),
        (
            ["AWS_ENDPOINT_URL": "http://127.0.0.1:1/", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"], nil,
            nil
        ),
    ])
    func `AWS's variables set the AWS endpoints`(
        _ environment: [String: String],
        _ sts: String?,
        _ iam: String?
    ) throws {
        let endpoints = try Self.read("", environment).endpoints
        #expect(endpoints.sts?.absoluteString == sts)
        #expect(endpoints.iam?.absoluteString == iam)
    }

    @Test func `variables set the endpoints of Azure and the network settings`() throws {
        let configuration = try Self.read(
            "",
            [
                "AZURE_AUTHORITY_HOST": "login.microsoftonline.us",
                "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://169.254.169.254",
                "https_proxy": "http://proxy.example:3128",
                "NO_PROXY": "localhost, .example,10.0.0.1",
                "SSL_CERT_FILE": "/etc/ssl/lab.pem",
            ]
        )
        #expect(configuration.endpoints.authority?.absoluteString == "https://login.microsoftonline.us")
        #expect(configuration.endpoints.imds?.absoluteString == "http://169.254.169.254")
        #expect(
            configuration.network
                == NetworkSettings(
                    caFile: "/etc/ssl/lab.pem",
                    proxy: URL(string: "http://proxy.example:3128"),
                    proxyExceptions: ["localhost", ".example", "10.0.0.1"]
                )
        )
    }

    @Test func `the file has precedence over variables`() throws {
        let configuration = try Self.read(
            "endpoints: {sts: https://file.example/}\nnetwork: {ca_file: own.pem}\n",
            ["AWS_ENDPOINT_URL_STS": "https://variable.example/", "AWS_CA_BUNDLE": "/other.pem"]
        )
        #expect(configuration.endpoints.sts?.absoluteString == "https://file.example/")
        #expect(configuration.network.caFile == "own.pem")
    }

    @Test(arguments: [
        ("network: {ca_file: own.pem}", "/etc/cambist/own.pem"), ("network: {ca_file: ~}", "variable.pem"),
        ("", "variable.pem"),
    ])
    func
        `a path in the file is relative to the file, and a path in a variable is relative to the working directory`(
            _ text: String,
            _ path: String
        ) throws
    {
        let file = try ConfigurationFile.read(
            text: text,
            path: "/etc/cambist/config.yaml",
            environment: ["SSL_CERT_FILE": "variable.pem"]
        )
        #expect(file.configuration.network.caFile == path)
    }

    @Test func `an error in a variable names the variable`() {
        #expect(
            messages("", environment: ["AWS_ENDPOINT_URL_STS": "http://sts.example/"]) == [
                #"AWS_ENDPOINT_URL_STS: endpoints.sts: found "http://sts.example/"; "#
                    + "accepted: an https URL, or an http URL of a loopback or link-local address"
            ]
        )
    }

    @Test(arguments: [
        ("arn:aws:iam::111122223333:role/a", [:], "us-east-1"),
        ("arn:aws-cn:iam::111122223333:role/a", [:], "cn-north-1"),
        ("arn:aws-us-gov:iam::111122223333:role/a", [:], "us-gov-west-1"),
        ("arn:aws:iam::111122223333:role/a", ["AWS_DEFAULT_REGION": "eu-west-3"], "eu-west-3"),
        (
            "arn:aws:iam::111122223333:role/a",
            ["AWS_DEFAULT_REGION": "eu-west-3", "AWS_REGION": "ap-east-1"], "ap-east-1"
        ),
        // SDKs accept this name for the global STS endpoint.
        ("arn:aws:iam::111122223333:role/a", ["AWS_REGION": "aws-global"], "aws-global"),
    ])
    func `the default region is the region in the variable, otherwise the default region of the partition`(
        _ role: String,
        _ environment: [String: String],
        _ region: String
    ) throws {
        let text = Self.mapping.replacing("arn:aws:iam::111122223333:role/audit", with: role)
        #expect(try Self.read(text, environment).mappings.map(\.region) == [region])
    }

    @Test func `each kind of origin is reported`() {
        let text = """
            defaults:
              duration: 2h
            identities:
              vm: {client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
            mappings:
              audit:
                identity: vm
                audience: api://a
                role_arn: arn:aws:iam::111122223333:role/audit
            """
        let settings = ConfigurationFile.settings(
            text: text,
            path: "config.yaml",
            environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:1/"]
        )
        let origins = Dictionary(uniqueKeysWithValues: settings.map { ($0.keys.joined(separator: "."), $0) })
        #expect(origins["mappings.audit.audience"]?.origin == .file(line: 8))
        #expect(
            origins["mappings.audit.duration"]
                == Setting(keys: ["mappings", "audit", "duration"], text: "2h", origin: .defaults(line: 2))
        )
        #expect(
            origins["mappings.audit.region"]
                == Setting(keys: ["mappings", "audit", "region"], text: "us-east-1", origin: .builtIn)
        )
        #expect(origins["endpoints.sts"]?.origin == .environment("AWS_ENDPOINT_URL"))
        #expect(
            origins["console.theme"] == Setting(keys: ["console", "theme"], text: "auto", origin: .builtIn)
        )
        #expect(origins["mappings.audit.app_role"] == nil)
    }

    @Test func `a proxy's password is not shown`() {
        let settings = ConfigurationFile.settings(
            text: "",
            path: "c",
            environment: ["HTTPS_PROXY": "http://ada:hunter2@proxy.example:3128"]
        )
        #expect(
            settings.first { $0.keys == ["network", "proxy"] }?.text == "http://ada:***@proxy.example:3128"
        )
    }
}
