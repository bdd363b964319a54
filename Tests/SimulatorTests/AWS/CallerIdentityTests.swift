import AWS
import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// GetCallerIdentity, and AWS's errors for invalid signatures.
@Suite(.limited) struct CallerIdentityTests {
    private static let invalidToken =
        "403 InvalidClientTokenId: The security token included in the request is invalid."
    private static let mismatch =
        "403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. "
        + "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

    @Test func `the caller identity of a session is its role and session name`() async throws {
        let harness = try await AWSHarness()
        let session = try await harness.exchange()
        let answer = await harness.callerIdentity(session.credentials)
        #expect(answer.status == 200)
        #expect(answer["Arn"] == "arn:aws:sts::111122223333:assumed-role/audit/cambist-audit")
        #expect(answer["UserId"] == session["AssumedRoleId"])
        #expect(answer["Account"] == "111122223333")
    }

    @Test func `the caller identity of a user has its name`() async throws {
        let answer = try await AWSHarness().callerIdentity(AWSHarness.administrator)
        #expect(answer["Arn"] == "arn:aws:iam::111122223333:user/lab-admin")
        #expect(answer["UserId"]?.wholeMatch(of: /AIDA[A-Z2-7]{17}/) != nil)
    }

    @Test func `a user without permissions can call GetCallerIdentity`() async throws {
        let harness = try await AWSHarness { $0.accounts[0].accessKeys[0].policies = [] }
        #expect(await harness.callerIdentity(AWSHarness.administrator).status == 200)
    }

    @Test func `the global endpoint accepts only us-east-1`() async throws {
        let harness = try await AWSHarness()
        let global = "aws-global"
        #expect(await harness.callerIdentity(AWSHarness.administrator, region: global).status == 200)
        let answer = await harness.callerIdentity(AWSHarness.administrator, region: global) {
            $0.scopeRegion = "eu-west-1"
        }
        #expect(
            answer.refusal == "403 SignatureDoesNotMatch: Credential should be scoped to a valid region. "
        )
    }

    @Test(arguments: [("eu-west-1", 200), ("us-east-1", 200), ("ap-southeast-2", 200), ("nowhere", 403)])
    func `an endpoint without a region accepts any existing region's signature`(region: String, status: Int)
        async throws
    {
        let harness = try await AWSHarness()
        let answer = await harness.callerIdentity(AWSHarness.administrator, region: nil) {
            $0.scopeRegion = region
        }
        #expect(answer.status == status)
    }

    /// A change to a signed request, and AWS's error.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let refusal: String
        let change: @Sendable (inout SignedCall) -> Void

        var testDescription: String { name }

        init(_ name: String, _ refusal: String, _ change: @escaping @Sendable (inout SignedCall) -> Void) {
            self.name = name
            self.refusal = refusal
            self.change = change
        }
    }

    static let cases: [Case] = [
        Case("no authorization", "403 MissingAuthenticationToken: Request is missing Authentication Token") {
            $0.tamper = { $0.removeAll { $0.name == "authorization" } }
        },
        Case("another region", "403 SignatureDoesNotMatch: Credential should be scoped to a valid region. ") {
            $0.scopeRegion = "us-west-2"
        },
        Case(
            "another service",
            "403 SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'. "
        ) {
            $0.scopeService = "s3"
        },
        Case(
            "another region and service",
            "403 SignatureDoesNotMatch: Credential should be scoped to a valid region. "
                + "Credential should be scoped to correct service: 'sts'. "
        ) { call in
            call.scopeRegion = "us-west-2"
            call.scopeService = "s3"
        },
        Case("unknown key", invalidToken) {
            $0.credentials = SigningCredentials(accessKeyID: "AKIAUNKNOWN", secretAccessKey: Secret("x"))
        },
        Case(
            "unknown key and another region",
            "403 SignatureDoesNotMatch: Credential should be scoped to a valid region. "
        ) {
            $0.credentials = SigningCredentials(accessKeyID: "AKIAUNKNOWN", secretAccessKey: Secret("x"))
            $0.scopeRegion = "us-west-2"
        },
        Case("wrong secret", mismatch) {
            $0.credentials = SigningCredentials(
                accessKeyID: AWSHarness.administrator.accessKeyID,
                secretAccessKey: Secret("wrong")
            )
        },
        Case("a user's key with a session token", invalidToken) {
            $0.credentials = SigningCredentials(
                accessKeyID: AWSHarness.administrator.accessKeyID,
                secretAccessKey: AWSHarness.administrator.secretAccessKey,
                sessionToken: Secret("made up")
            )
        },
        Case("a header changed on its way", mismatch) {
            $0.tamper = { $0.replace("content-type", "application/x-www-form-urlencoded") }
        },
        Case("a signed header lost on its way", mismatch) {
            $0.tamper = { headers in
                headers.replace("authorization") {
                    $0.replacingOccurrences(of: "host;", with: "host;x-lost;")
                }
            }
        },
        Case(
            "host not signed",
            "403 SignatureDoesNotMatch: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        ) {
            $0.tamper = { headers in
                headers.replace("authorization") { $0.replacingOccurrences(of: "host;", with: "") }
            }
        },
        Case(
            "clock slow",
            "403 SignatureDoesNotMatch: Signature expired: 20270115T074459Z is now earlier than 20270115T074500Z "
                + "(20270115T080000Z - 15 min.)"
        ) { $0.clockOffset = .seconds(-901) },
        Case(
            "clock fast",
            "403 SignatureDoesNotMatch: Signature not yet current: 20270115T081501Z is still later than "
                + "20270115T081500Z (20270115T080000Z + 15 min.)"
        ) { $0.clockOffset = .seconds(901) },
        Case(
            "another day in the scope",
            "403 SignatureDoesNotMatch: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                + "from HTTP: '20270114' != '20270115', from '20270115T080000Z'. "
        ) {
            $0.tamper = { headers in
                headers.replace("authorization") {
                    $0.replacingOccurrences(of: "/20270115/", with: "/20270114/")
                }
            }
        },
        Case(
            "another terminator",
            "403 SignatureDoesNotMatch: Credential should be scoped with a valid terminator: 'aws4_request', not "
                + "'aws4'. "
        ) {
            $0.tamper = { headers in
                headers.replace("authorization") {
                    $0.replacingOccurrences(of: "/aws4_request", with: "/aws4")
                }
            }
        },
        Case(
            "a scope of four parts",
            "400 IncompleteSignature: Credential must have exactly 5 slash-delimited elements, e.g. "
                + "keyid/date/region/service/term, got 'AKIALABADMINISTRATOR/20270115/eu-west-1/sts'"
        ) {
            $0.tamper = { headers in
                headers.replace("authorization") { $0.replacingOccurrences(of: "/aws4_request", with: "") }
            }
        },
        Case(
            "no ISO date",
            "400 IncompleteSignature: Date must be in ISO-8601 'basic format'. Got 'Fri, 15 Jan 2027 08:00:00 GMT'. "
                + "See http://en.wikipedia.org/wiki/ISO_8601"
        ) {
            $0.tamper = { $0.replace("x-amz-date", "Fri, 15 Jan 2027 08:00:00 GMT") }
        },
        Case(
            "a space in the key",
            "400 IncompleteSignature: Invalid key=value pair (missing equal-sign) in Authorization header (hashed with "
                + "SHA-256 and encoded with Base64): '+ZTUXhNfZRRJitG/6Pwz9Yb7IUYloHauz/9FiuwUrqg='."
        ) {
            $0.tamper = { headers in
                headers.replace("authorization") {
                    $0.replacingOccurrences(of: "Credential=", with: "Credential= ")
                }
            }
        },
    ]

    @Test(arguments: cases)
    func `a signature that AWS refuses is refused with AWS's text`(_ example: Case) async throws {
        let answer = try await AWSHarness().callerIdentity(AWSHarness.administrator, change: example.change)
        #expect(answer.refusal == example.refusal)
    }

    @Test func `a bearer token is not a signature`() async throws {
        let answer = try await AWSHarness().callerIdentity(AWSHarness.administrator) {
            $0.tamper = { $0.replace("authorization", "Bearer e30") }
        }
        #expect(answer.status == 400)
        #expect(answer.code == "IncompleteSignature")
        #expect(answer.message?.hasPrefix("Authorization header requires 'Credential' parameter. ") == true)
        #expect(answer.message?.contains("e30") == false)
    }

    @Test func `a session's key with another session's token is refused`() async throws {
        let harness = try await AWSHarness()
        let first = try await harness.exchange().credentials
        let second = try await harness.exchange().credentials
        let mixed = SigningCredentials(
            accessKeyID: first.accessKeyID,
            secretAccessKey: first.secretAccessKey,
            sessionToken: second.sessionToken
        )
        #expect(await harness.callerIdentity(mixed).refusal == Self.invalidToken)
    }

    @Test func `a session's key without its token is refused`() async throws {
        let harness = try await AWSHarness()
        let session = try await harness.exchange().credentials
        let bare = SigningCredentials(
            accessKeyID: session.accessKeyID,
            secretAccessKey: session.secretAccessKey
        )
        #expect(await harness.callerIdentity(bare).refusal == Self.invalidToken)
    }

    @Test func `a token that is not signed is refused`() async throws {
        let harness = try await AWSHarness()
        let session = try await harness.exchange().credentials
        let answer = await harness.callerIdentity(session) {
            $0.tamper = { headers in
                headers.replace("authorization") {
                    $0.replacingOccurrences(of: ";x-amz-security-token", with: "")
                }
            }
        }
        #expect(answer.code == "SignatureDoesNotMatch")
    }

    @Test func `a session is valid until its expiration`() async throws {
        let harness = try await AWSHarness()
        let session = try await harness.exchange(["DurationSeconds": "900"]).credentials
        harness.time.advance(by: .seconds(899))
        #expect(await harness.callerIdentity(session).status == 200)
        harness.time.advance(by: .seconds(1))
        #expect(
            await harness.callerIdentity(session).refusal
                == "403 ExpiredToken: The security token included in the request is expired"
        )
    }

    @Test func `a session with a token of another lab is refused`() async throws {
        let harness = try await AWSHarness()
        let other = SessionTokenCipher(seed: Seed(value: 8))
        let good = try await harness.exchange().credentials
        let session = Session(
            accessKeyID: good.accessKeyID,
            secretAccessKey: good.secretAccessKey.reveal(),
            account: AWSHarness.account,
            roleID: "AROA",
            roleName: "audit",
            name: "forged",
            expiry: harness.time.now + 900,
            policy: nil,
            policyARNs: []
        )
        let token = try other.token(for: session, nonce: Array(repeating: 0, count: 12))
        let forged = SigningCredentials(
            accessKeyID: good.accessKeyID,
            secretAccessKey: good.secretAccessKey,
            sessionToken: token
        )
        #expect(await harness.callerIdentity(forged).refusal == Self.invalidToken)
    }
}

extension [(name: String, value: String)] {
    fileprivate mutating func replace(_ name: String, _ value: String) {
        replace(name) { _ in value }
    }

    fileprivate mutating func replace(_ name: String, _ change: (String) -> String) {
        guard let index = firstIndex(where: { $0.name == name }) else { return }
        self[index].value = change(self[index].value)
    }
}
