import TestSupport
import Testing

@testable import Simulator

/// Validation of AssumeRoleWithWebIdentity's parameters, and STS's errors.
@Suite(.limited) struct WebIdentityParameterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let parameters: [String: String?]
        let refusal: String

        var testDescription: String { refusal }

        init(_ parameters: [String: String?], _ refusal: String) {
            self.parameters = parameters
            self.refusal = refusal
        }
    }

    private static let pattern =
        "failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    private static let longName = String(repeating: "s", count: 65)

    static let cases: [Case] = [
        Case(
            ["RoleSessionName": "Session1:2"],
            "400 ValidationError: 1 validation error detected: Value 'Session1:2' at 'roleSessionName' \(pattern)"
        ),
        Case(
            ["RoleSessionName": longName],
            "400 ValidationError: 1 validation error detected: Value '\(longName)' at 'roleSessionName' failed to "
                + "satisfy constraint: Member must have length less than or equal to 64"
        ),
        Case(
            ["RoleSessionName": "a"],
            "400 ValidationError: 1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy "
                + "constraint: Member must have length greater than or equal to 2"
        ),
        Case(
            ["RoleSessionName": "gar\u{e7}on"],
            "400 ValidationError: 1 validation error detected: Value 'gar\u{e7}on' at 'roleSessionName' \(pattern)"
        ),
        Case(
            ["DurationSeconds": "100"],
            "400 ValidationError: 1 validation error detected: Value '100' at 'durationSeconds' failed to satisfy "
                + "constraint: Member must have value greater than or equal to 900"
        ),
        Case(
            ["DurationSeconds": "43201"],
            "400 ValidationError: 1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy "
                + "constraint: Member must have value less than or equal to 43200"
        ),
        Case(
            ["RoleArn": nil],
            "400 ValidationError: 1 validation error detected: Value at 'roleArn' failed to satisfy constraint: "
                + "Member must not be null"
        ),
        Case(
            ["DurationSeconds": "100", "RoleArn": nil],
            "400 ValidationError: 2 validation errors detected: Value '100' at 'durationSeconds' failed to satisfy "
                + "constraint: Member must have value greater than or equal to 900; Value at 'roleArn' failed to "
                + "satisfy constraint: Member must not be null"
        ),
        Case(
            ["WebIdentityToken": nil],
            "400 ValidationError: 1 validation error detected: Value at 'webIdentityToken' failed to satisfy "
                + "constraint: Member must not be null"
        ),
        Case(
            ["WebIdentityToken": "abc"],
            "400 ValidationError: 1 validation error detected: Value at 'webIdentityToken' failed to satisfy "
                + "constraint: Member must have length greater than or equal to 4"
        ),
        Case(
            ["WebIdentityToken": String(repeating: "x", count: 20001)],
            "400 ValidationError: 1 validation error detected: Value at 'webIdentityToken' failed to satisfy "
                + "constraint: Member must have length less than or equal to 20000"
        ),
        Case(["RoleArn": "nothing-valid-in-here"], "400 ValidationError: nothing-valid-in-here is invalid"),
        Case(
            ["RoleArn": "arn:a::::something/test-role"],
            "400 ValidationError: arn:a::::something/test-role is invalid"
        ),
        Case(["RoleArn": "arn:a:a::aaaaaaaaaa:"], "400 ValidationError: arn:a:a::aaaaaaaaaa: is invalid"),
        Case(["DurationSeconds": ""], "400 MalformedInput: missing value for decimal type"),
        Case(["DurationSeconds": "3600.0"], "400 MalformedInput: -"),
        Case(["DurationSeconds": "an hour"], "400 MalformedInput: -"),
        Case(["DurationSeconds": "2147483648"], "400 MalformedInput: -"),
        Case(
            ["Policy": ""],
            "400 ValidationError: 2 validation errors detected: Value '' at 'policy' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 1; Value '' at 'policy' failed to satisfy "
                + "constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"
        ),
        Case(
            ["Policy": "\u{201C}no policy\u{201D}"],
            "400 ValidationError: 1 validation error detected: Value '\u{201C}no policy\u{201D}' at 'policy' failed to "
                + "satisfy constraint: Member must satisfy regular expression pattern: "
                + "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"
        ),
        Case(
            ["PolicyArns.member.1.arn": "too-short"],
            "400 ValidationError: 1 validation error detected: Value 'too-short' at 'policyArns.1.member.arn' failed "
                + "to satisfy constraint: Member must have length greater than or equal to 20"
        ),
    ]

    @Test(arguments: cases)
    func `an invalid parameter is refused with AWS's text`(_ example: Case) async throws {
        let answer = try await AWSHarness().exchange(example.parameters)
        #expect(answer.refusal == example.refusal)
    }

    @Test func `more than ten managed session policies are refused`() async throws {
        let arns = (1...11).map {
            ("PolicyArns.member.\($0).arn", Optional("arn:aws:iam::aws:policy/ReadOnlyAccess"))
        }
        let answer = try await AWSHarness().exchange(Dictionary(uniqueKeysWithValues: arns))
        #expect(
            answer.message
                == "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
                + "Member must have length less than or equal to 10"
        )
    }

    @Test(arguments: ["+900", "0900", "900"])
    func `a duration is read as a signed number`(text: String) async throws {
        let answer = try await AWSHarness().exchange(["DurationSeconds": text])
        #expect(answer.status == 200)
        #expect(answer["Expiration"] == "2027-01-15T08:15:00Z")
    }

    @Test func `parameters are validated before the token`() async throws {
        let answer = try await AWSHarness().exchange([
            "RoleSessionName": "a b", "WebIdentityToken": "no token",
        ])
        #expect(answer.code == "ValidationError")
    }
}
