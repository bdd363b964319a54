import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// STS's checks of tokens, providers, roles, and trust policies, in AWS's order.
@Suite(.limited) struct WebIdentityTokenTests {
    /// An exchange that fails: its differences from the one that succeeds, and STS's error.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var parameters: [String: String?] = [:]
        var claims: [String: JSONValue?] = [:]
        let refusal: String

        var testDescription: String { name }
    }

    private static let now = 1_800_000_000
    private static let denied = "403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    private static let notAToken =
        "400 InvalidIdentityToken: The ID Token provided is not a valid JWT. "
        + "(You may see this error if you sent an Access Token)"
    private static let noSlash = "https://sts.windows.net/8f3b2f4e-6d3c-4a6e-9a55-0f6e3a1c2d10"

    static let cases: [Case] = [
        Case(
            name: "opaque token",
            parameters: ["WebIdentityToken": "opaque-access-token"],
            refusal: notAToken
        ),
        Case(name: "encrypted token", parameters: ["WebIdentityToken": "a.b.c.d.e"], refusal: notAToken),
        Case(
            name: "token in quotes",
            parameters: ["WebIdentityToken": "\"e30.e30.c2ln\""],
            refusal: notAToken
        ),
        Case(
            name: "token with a newline",
            parameters: ["WebIdentityToken": "e30.e30.c2ln\n"],
            refusal: notAToken
        ),
        Case(
            name: "no aud",
            claims: ["aud": nil],
            refusal: "400 InvalidIdentityToken: Missing a required claim: aud"
        ),
        Case(
            name: "no iat",
            claims: ["iat": nil],
            refusal: "400 InvalidIdentityToken: Missing a required claim: iat"
        ),
        Case(
            name: "no sub",
            claims: ["sub": nil],
            refusal: "400 InvalidIdentityToken: Missing a required claim: sub"
        ),
        Case(
            name: "no exp",
            claims: ["exp": nil],
            refusal: "400 InvalidIdentityToken: Missing a required claim: exp"
        ),
        Case(name: "exp as text", claims: ["exp": .string("1800003600")], refusal: notAToken),
        Case(name: "exp with a fraction", claims: ["exp": .number(1_800_003_600.5)], refusal: notAToken),
        Case(
            name: "issuer without https",
            claims: ["iss": .string("sts.windows.net/t/")],
            refusal: "400 InvalidIdentityToken: Issuer must be a valid URL"
        ),
        Case(
            name: "issuer without its slash",
            claims: ["iss": .string(noSlash)],
            refusal:
                "400 InvalidIdentityToken: No OpenIDConnect provider found in your account for \(noSlash)"
        ),
        Case(
            name: "role of another account",
            parameters: ["RoleArn": "arn:aws:iam::999988887777:role/audit"],
            refusal: "400 InvalidIdentityToken: No OpenIDConnect provider found in your account for "
                + TestIssuer.issuer
        ),
        Case(
            name: "expired",
            claims: ["exp": .integer(now - 300)],
            refusal:
                "400 ExpiredTokenException: Token expired: current date/time 1800000000 must be before the "
                + "expiration date/time 1799999700"
        ),
        Case(name: "not yet valid", claims: ["nbf": .integer(now + 301)], refusal: notAToken),
        Case(
            name: "another audience",
            claims: ["aud": .string("https://management.azure.com")],
            refusal: "400 InvalidIdentityToken: Incorrect token audience"
        ),
        Case(
            name: "an audience that differs in case",
            claims: ["aud": .string("API://security-aws-logging")],
            refusal: "400 InvalidIdentityToken: Incorrect token audience"
        ),
        Case(
            name: "azp that is not a client ID",
            claims: ["azp": .string("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74")],
            refusal: "400 InvalidIdentityToken: Incorrect token audience"
        ),
        Case(
            name: "several audiences",
            claims: ["aud": .array([.string(AWSHarness.audience), .string("https://graph.microsoft.com")])],
            refusal: "400 InvalidIdentityToken: Incorrect token audience"
        ),
        Case(
            name: "roles claim without the role",
            claims: ["https://aws.amazon.com/roles": .string("arn:aws:iam::111122223333:role/other")],
            refusal: "400 InvalidIdentityToken: The target role ARN is not present in the roles claim of the "
                + "identity token"
        ),
        Case(
            name: "no such role",
            parameters: ["RoleArn": "arn:aws:iam::111122223333:role/missing"],
            refusal: denied
        ),
        Case(
            name: "role without its path",
            parameters: ["RoleArn": "arn:aws:iam::111122223333:role/path/audit"],
            refusal: denied
        ),
        Case(
            name: "another subject",
            claims: ["sub": .string("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74")],
            refusal: denied
        ),
        Case(
            name: "session tags without sts:TagSession",
            claims: [
                "https://aws.amazon.com/tags": .object([
                    "principal_tags": .object(["Team": .array([.string("blue")])])
                ])
            ],
            refusal: denied
        ),
        Case(
            name: "source identity without sts:SetSourceIdentity",
            claims: ["https://aws.amazon.com/source_identity": .string("vm1")],
            refusal: denied
        ),
        Case(
            name: "longer than the role allows",
            parameters: ["DurationSeconds": "7200"],
            refusal:
                "400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                + "role."
        ),
        Case(
            name: "session policy that is not JSON",
            parameters: ["Policy": "{"],
            refusal: "400 MalformedPolicyDocument: This policy contains invalid Json"
        ),
    ]

    @Test(arguments: cases)
    func `an exchange that AWS refuses is refused with AWS's text`(_ example: Case) async throws {
        let answer = try await AWSHarness().exchange(example.parameters, claims: example.claims)
        #expect(answer.refusal == example.refusal)
        #expect(answer["Type"] == "Sender")
        #expect(answer.text.contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""))
    }

    @Test(arguments: [
        (JSONValue.array([.string("blue")]), true), (.string("blue"), false), (.array([]), false),
        (.array([.string("blue"), .string("red")]), false), (.array([.string("blue"), .integer(1)]), false),
    ])
    func `a session tag is a list of one string`(value: JSONValue, isValid: Bool) async throws {
        let harness = try await AWSHarness {
            let actions = "sts:AssumeRoleWithWebIdentity,sts:TagSession"
            $0.accounts[0].roles[0].trustPolicy = AWSHarness.trustPolicy(actions: actions)
        }
        let claim = JSONValue.object(["principal_tags": .object(["Team": value])])
        let answer = try await harness.exchange(claims: ["https://aws.amazon.com/tags": claim])
        #expect(isValid ? answer.status == 200 : answer.refusal == Self.notAToken)
    }

    @Test(arguments: [
        Alteration(part: 0, removed: 0, added: "="), Alteration(part: 1, removed: 0, added: "=="),
        Alteration(part: 2, removed: 0, added: "=="), Alteration(part: 2, removed: 0, added: "AAA"),
        Alteration(part: 2, removed: 2, added: "+/"), Alteration(part: 2, removed: 1, added: "B"),
        Alteration(part: 2, removed: 0, added: "."),
    ])
    func `a token whose parts are not canonical base64url is refused`(_ alteration: Alteration) async throws {
        let harness = try await AWSHarness()
        var parts = try harness.testIssuer.token(harness.claims).split(separator: ".").map(String.init)
        parts[alteration.part] = parts[alteration.part].dropLast(alteration.removed) + alteration.added
        let answer = try await harness.exchange(["WebIdentityToken": parts.joined(separator: ".")])
        #expect(answer.refusal == Self.notAToken)
    }

    /// A change at the end of one part of a token.
    struct Alteration: Sendable {
        let part: Int
        let removed: Int
        let added: String
    }

    @Test(arguments: [(true, "true", 200), (true, "false", 403), (false, "true", 403), (false, "false", 200)])
    func `aws:SecureTransport follows the scheme of the request`(
        usesTLS: Bool,
        required: String,
        status: Int
    ) async throws {
        let condition = #""Bool":{"aws:SecureTransport":"\#(required)"},"StringEquals""#
        let harness = try await AWSHarness(usesTLS: usesTLS) { setup in
            setup.accounts[0].roles[0].trustPolicy = AWSHarness.trustPolicy()
                .replacing(#""StringEquals""#, with: condition)
        }
        #expect(try await harness.exchange().status == status)
    }

    /// Of two errors, that of the earlier check is reported.
    @Test(arguments: [
        ("claims before provider", ["sub", "iss"], "InvalidIdentityToken: Missing a required claim: sub"),
        ("provider before times", ["iss", "exp"], "No OpenIDConnect provider found"),
        ("times before audience", ["exp", "aud"], "ExpiredTokenException"),
        ("audience before trust", ["aud", "role"], "Incorrect token audience"),
        ("trust before duration", ["role", "duration"], "AccessDenied"),
    ])
    func `the checks follow AWS's order`(name: String, wrong: [String], expected: String) async throws {
        let claims: [String: JSONValue?] = [
            "sub": nil, "iss": .string("https://other.example/"), "exp": .integer(Self.now - 4000),
            "aud": .string("other"),
        ]
        let parameters: [String: String?] = [
            "role": "arn:aws:iam::111122223333:role/missing", "duration": "43200",
        ]
        let names = ["role": "RoleArn", "duration": "DurationSeconds"]
        let answer = try await AWSHarness().exchange(
            Dictionary(
                uniqueKeysWithValues: parameters.filter { wrong.contains($0.key) }.map {
                    (names[$0] ?? $0, $1)
                }
            ),
            claims: claims.filter { wrong.contains($0.key) }
        )
        #expect(answer.refusal.contains(expected))
    }

    @Test func `a token is accepted until five minutes after its expiration`() async throws {
        let answer = try await AWSHarness().exchange(claims: ["exp": .integer(Self.now - 299)])
        #expect(answer.status == 200)
    }

    @Test func `a token is accepted from five minutes before nbf`() async throws {
        let answer = try await AWSHarness().exchange(claims: ["nbf": .integer(Self.now + 300)])
        #expect(answer.status == 200)
    }

    @Test func `a region that the account has not enabled is refused`() async throws {
        let answer = try await AWSHarness().exchange(region: "af-south-1")
        #expect(
            answer.refusal == "403 RegionDisabledException: STS is not activated in this region for "
                + "account:111122223333. Your account administrator can activate STS in this region using the IAM "
                + "Console."
        )
    }

    @Test func `an endpoint for all regions uses the region of the account's callers`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].callerRegion = "af-south-1" }
        #expect(try await harness.exchange(region: nil).code == "RegionDisabledException")
        #expect(try await harness.exchange(region: "eu-west-1").status == 200)
    }

    @Test func `a region that the account has enabled is served`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].enabledRegions = ["af-south-1"] }
        #expect(try await harness.exchange(region: "af-south-1").status == 200)
    }

    @Test(arguments: [
        (
            AWSSetup.Provider.Connection.thumbprintMismatch,
            "400 InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
        ),
        (.unreachable, "400 IDPCommunicationError: "),
        (.claimRejected, "403 IDPRejectedClaim: "),
    ])
    func `a failed connection to the issuer has its own error`(
        connection: AWSSetup.Provider.Connection,
        refusal: String
    ) async throws {
        let harness = try await AWSHarness { $0.accounts[0].providers[0].connection = connection }
        #expect(try await harness.exchange().refusal.hasPrefix(refusal))
    }

    @Test func `a denial by the organization looks like one by the trust policy`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].roles[0].isDeniedByOrganization = true }
        #expect(try await harness.exchange().refusal == Self.denied)
    }

    @Test func `a throttled account receives the error Throttling`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].isThrottled = true }
        #expect(try await harness.exchange().refusal == "400 Throttling: Rate exceeded")
    }
}
