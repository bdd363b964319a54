import ConfigurationFile
import Federation
import Operations
import TestSupport
import Testing

@testable import cambist

@Suite(.limited) struct ConfigTextTests {
    @Test func `settings are shown as YAML with the origin of each value`() {
        let settings = [
            Setting(keys: ["mappings", "audit", "region"], text: "eu-west-1", origin: .file(line: 7)),
            Setting(
                keys: ["mappings", "audit", "setup", "application"],
                text: "x",
                origin: .defaults(line: 2)
            ),
            Setting(keys: ["mappings", "b.c", "region"], text: "us-east-1", origin: .builtIn),
            Setting(
                keys: ["endpoints", "sts"],
                text: "http://127.0.0.1:1/",
                origin: .environment("AWS_ENDPOINT_URL")
            ),
            Setting(keys: ["keys"], text: "{open: o}", origin: .file(line: 9)),
        ]
        #expect(
            SettingsText(settings: settings).text == """
                mappings:
                  audit:
                    region: eu-west-1                                       # line 7
                    setup:
                      application: x                                        # defaults, line 2
                  b.c:
                    region: us-east-1                                       # built-in
                endpoints:
                  sts: http://127.0.0.1:1/                                  # environment, AWS_ENDPOINT_URL
                keys: {open: o}                                             # line 9
                """
        )
    }

    @Test func `the profile has absolute paths of program and configuration, quoted if they contain spaces`()
        throws
    {
        let mapping = RoleMapping(
            id: "audit",
            identity: "vm",
            audience: "api://a",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
        let block = ProfileBlock(
            name: "my audit",
            program: "/opt/my tools/cambist",
            configuration: "/etc/cambist.yaml",
            mapping: mapping
        )
        #expect(
            block.text == """
                [profile "my audit"]
                credential_process = '/opt/my tools/cambist' credential-process audit --config /etc/cambist.yaml
                region = eu-west-1
                """
        )
    }
}
