import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// The response to a successful exchange.
@Suite(.limited) struct WebIdentityReplyTests {
    @Test func `a valid token is exchanged for credentials`() async throws {
        let answer = try await AWSHarness().exchange()
        #expect(answer.status == 200)
        #expect(
            answer.text.hasPrefix(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            )
        )
        #expect(answer["AccessKeyId"]?.wholeMatch(of: /ASIA[A-Z2-7]{16}/) != nil)
        #expect(answer["SecretAccessKey"]?.wholeMatch(of: /[A-Za-z0-9+\/]{40}/) != nil)
        #expect((answer["SessionToken"]?.count ?? 0) > 100)
        #expect(answer["Expiration"] == "2027-01-15T09:00:00Z")
        #expect(answer["SubjectFromWebIdentityToken"] == AWSHarness.subject)
        #expect(answer["Audience"] == AWSHarness.audience)
        #expect(answer["Provider"] == AWSHarness.providerARN)
        #expect(answer["Arn"] == "arn:aws:sts::111122223333:assumed-role/audit/cambist-audit")
        #expect(answer["AssumedRoleId"]?.wholeMatch(of: /AROA[A-Z2-7]{17}:cambist-audit/) != nil)
        #expect(answer["PackedPolicySize"] == nil)
        #expect(answer["RequestId"] == answer.response.headers.first { $0.name == "x-amzn-RequestId" }?.value)
    }

    @Test func `the assumed role's ARN omits the role's path`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].roles[0].path = "/team/blue/" }
        let answer = try await harness.exchange(["RoleArn": "arn:aws:iam::111122223333:role/team/blue/audit"])
        #expect(answer["Arn"] == "arn:aws:sts::111122223333:assumed-role/audit/cambist-audit")
    }

    @Test func `the default duration is an hour, regardless of the role's maximum`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].roles[0].maxSession = .seconds(43200) }
        #expect(try await harness.exchange()["Expiration"] == "2027-01-15T09:00:00Z")
        #expect(
            try await harness.exchange(["DurationSeconds": "43200"])["Expiration"] == "2027-01-15T20:00:00Z"
        )
    }

    @Test func `a token's azp is the audience when it is a client ID`() async throws {
        let client = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
        let harness = try await AWSHarness { setup in
            setup.accounts[0].providers[0].clientIDs.append(client)
            let policy = setup.accounts[0].roles[0].trustPolicy
            setup.accounts[0].roles[0].trustPolicy = policy.replacingOccurrences(
                of: AWSHarness.audience,
                with: client
            )
        }
        let answer = try await harness.exchange(claims: ["azp": .string(client)])
        #expect(answer.status == 200)
        #expect(answer["Audience"] == client)
    }

    @Test func `session policies and tags count toward the packed size`() async throws {
        let actions = "sts:AssumeRoleWithWebIdentity,sts:TagSession,sts:SetSourceIdentity"
        let harness = try await AWSHarness { setup in
            setup.accounts[0].roles[0].trustPolicy = AWSHarness.trustPolicy(actions: actions)
        }
        let answer = try await harness.exchange(
            ["Policy": #"{"Version":"2012-10-17","Statement":[]}"#],
            claims: [
                "https://aws.amazon.com/tags": .object([
                    "principal_tags": .object(["Team": .array([.string("blue")])])
                ]),
                "https://aws.amazon.com/source_identity": .string("vm1"),
            ]
        )
        #expect(answer.status == 200)
        #expect(answer["PackedPolicySize"] == "3")
        #expect(answer["SourceIdentity"] == "vm1")
    }

    @Test func `session policies that are too large together are refused`() async throws {
        let padding = String(repeating: " ", count: 2000)
        let answer = try await AWSHarness().exchange([
            "Policy": #"{"Version":"2012-10-17","Statement":[]}"# + padding,
            "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        ])
        #expect(
            answer.refusal
                == "400 PackedPolicyTooLarge: Packed policy consumes 102% of allotted space, please use smaller policy."
        )
    }

    @Test func `a session policy within the character limit may exceed the byte limit`() async throws {
        let path = String(repeating: "\u{FC}", count: 1000)
        let resource = #""arn:aws:s3:::protocols/\#(path)/*""#
        let statement = #"{"Effect":"Allow","Action":"s3:GetObject","Resource":\#(resource)}"#
        let answer = try await AWSHarness().exchange([
            "Policy": #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#
        ])
        #expect(
            answer.refusal
                == "400 PackedPolicyTooLarge: Packed policy consumes 104% of allotted space, please use smaller policy."
        )
    }

    @Test func `the same seed yields the same credentials`() async throws {
        let first = try await AWSHarness().exchange()
        let second = try await AWSHarness().exchange()
        #expect(first["AccessKeyId"] == second["AccessKeyId"])
        #expect(first["SecretAccessKey"] == second["SecretAccessKey"])
    }

    @Test func `each exchange has its own credentials`() async throws {
        let harness = try await AWSHarness()
        let first = try await harness.exchange()
        let second = try await harness.exchange()
        #expect(first["AccessKeyId"] != second["AccessKeyId"])
        #expect(first["SessionToken"] != second["SessionToken"])
        #expect(first["RequestId"] != second["RequestId"])
    }
}
