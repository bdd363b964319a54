import Foundation
import TestSupport
import Testing

@testable import Federation

/// Credentials for every output format; control characters are refused.
@Suite(.computing) struct CredentialVariablesTests {
    private static func variables(_ member: String, _ text: String) throws -> CredentialVariables {
        let value = { (name: String, good: String) in name == member ? text : good }
        return try CredentialVariables(
            accessKeyID: value("AccessKeyId", "ASIAIOSFODNN7EXAMPLE"),
            secretAccessKey: Secret(value("SecretAccessKey", "hush/key")),
            sessionToken: Secret(value("SessionToken", "hush+token=")),
            expiration: value("Expiration", "2027-01-15T09:00:00Z")
        )
    }

    @Test(arguments: [
        "", "\n", "a\nb", "a\r", "a\u{0}b", "a\tb", "a b", "a\u{7F}", "a\u{1B}[2J", "a\u{85}b", "a\u{202E}b",
        "\u{E4}", "a\n[default]\ncredential_process = /tmp/evil",
    ])
    func `a member that could end its line is refused, and the error names it`(_ text: String) {
        for member in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
            #expect(throws: UnprintableMember(member: member)) { try Self.variables(member, text) }
        }
    }

    @Test(arguments: ["", "eu\nwest", "eu\u{85}west", "eu-west-1\u{0}"])
    func `a region that could end its variable is refused`(_ region: String) throws {
        let variables = try CredentialVariables(SessionCredentials.sample())
        #expect(throws: UnprintableMember(member: "region")) { try variables.environment(region: region) }
    }

    @Test func `the error does not contain the value`() {
        #expect(!UnprintableMember(member: "SecretAccessKey").description.contains("hush"))
    }
}
