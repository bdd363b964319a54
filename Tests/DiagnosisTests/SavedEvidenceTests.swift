import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct SavedTokenTests {
    static let payload = #"{"aud":"api://x","sub":"s"}"#
    static let header = Data(#"{"alg":"none"}"#.utf8).base64URL
    static let forms = [
        "\(header).\(Data(payload.utf8).base64URL).c2ln", "\(header).\(Data(payload.utf8).base64URL).\r\n",
        payload, " \n\(payload)\n", #"{"access_token":"\#(header).\#(Data(payload.utf8).base64URL).c2ln"}"#,
        #"{"version":1,"header":{"alg":"none"},"claims":\#(payload)}"#,
        #"{"accessToken":"\#(header).\#(Data(payload.utf8).base64URL).c2ln","expiresOn":"2026-01-01"}"#,
        #"{"count":1,"value":"\#(header).\#(Data(payload.utf8).base64URL).c2ln"}"#,
        #"{"kind":"TokenRequest","status":{"token":"\#(header).\#(Data(payload.utf8).base64URL).c2ln"}}"#,
        "\"\(header).\(Data(payload.utf8).base64URL).c2ln\"\n",
        "Authorization: Bearer \(header).\(Data(payload.utf8).base64URL).c2ln",
        "\u{FEFF}\(payload)",
    ]

    @Test(arguments: forms)
    func `a saved token is read in any of its formats`(text: String) throws {
        let claims = try Claims(saved: Secret(text))
        #expect(claims.audiences == ["api://x"])
        #expect(claims.subject == "s")
    }

    static let malformed: [(text: String, error: TokenFormatError)] = [
        ("{", .notClaims(reason: "it has a syntax error at line 1, column 2")),
        (
            "{\n  \"sub\": eyJhbGciOiJub25lIn0}",
            .notClaims(reason: "it has a syntax error at line 2, column 10")
        ),
        ("[{}]", .notClaims(reason: "it is an array and not an object")), ("opaque", .wrongPartCount(1)),
        ("'e30.e30.c2ln'", .notBase64URL(part: "header")),
        (
            #"{"error":"invalid_request","error_description":"x"}"#,
            .noToken(members: ["error", "error_description"])
        ),
        (#"{"access_token":"opaque"}"#, .wrongPartCount(1)),
        ("Please wait. Try again. See docs. Bye. The end", .words),
        ("eyJ9 .e30.c2ln", .notBase64URL(part: "header")),
    ]

    /// Errors of token sources and of `az`, as responses and as printed, and their causes.
    static let refusals: [(text: String, id: String)] = [
        (
            "ERROR: AADSTS500011: The resource principal named api://x was not found in the tenant named Contoso.",
            "audience-unknown"
        ),
        (#"{"error":"invalid_request","error_description":"Identity not found"}"#, "identity-not-found"),
        (
            #"{"error":"invalid_request","error_description":"AADSTS500011: The resource principal was not found."}"#,
            "audience-unknown"
        ),
        (#"{"error":"invalid_resource"}"#, "audience-unknown"),
        (
            #"{"error":"invalid_client","error_description":"AADSTS7000222: The keys for app 'x' are expired."}"#,
            "secret-expired"
        ),
        (
            #"{"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token."}"#,
            "token-fetch-failed"
        ),
        (#"{"error":{"code":"ManagedIdentityNotFound","message":"x"}}"#, "identity-not-found"),
        ("Please run 'az login' to setup account.", "cli-not-signed-in"),
        ("bash: az: command not found", "cli-missing"),
        ("Multiple user assigned identities exist, please specify one. Thank you. Bye", "identity-ambiguous"),
        ("AADSTS1234567: Something new.", "entra-refused"),
        (#"{"error":"teapot_error","error_description":"I'm a teapot."}"#, "source-refused"),
    ]

    @Test(arguments: refusals)
    func `an error saved in place of a token is explained like an error of the token source`(
        text: String,
        id: String
    ) throws {
        for text in [text, "\u{FEFF}\(text)\r\n"] {
            let evidence = EvidenceFixture.evidence {
                $0.token = TokenEvidence(saved: Secret(text))
                $0.request.roleARN = nil
            }
            let cause = try #require(Explanation(evidence).causes.first)
            #expect(cause.id == id, "\(cause)")
            #expect(cause.evidence.hasPrefix("the text is an error, not a token: "))
            #expect(!cause.fix.contains("base64") && !cause.summary.contains("encrypted"))
        }
    }

    @Test(arguments: [
        "No token here. Please check. Then retry. Thank you. Bye", #"{"hello":"world"}"#, "e30.e30.c2l",
    ])
    func `an unknown text remains a text without a token`(text: String) throws {
        let cause = try #require(
            Explanation(EvidenceFixture.evidence { $0.token = TokenEvidence(saved: Secret(text)) }).causes
                .first
        )
        #expect(cause.id == "token-format" && !cause.summary.contains("encrypted"))
        #expect(!cause.fix.contains("- instead of +"))
    }

    @Test(arguments: malformed)
    func `the explanation of a saved text names no token source and all accepted forms`(
        text: String,
        error: TokenFormatError
    ) throws {
        let evidence = EvidenceFixture.evidence { $0.token = .malformed(error) }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "token-format" && !cause.summary.contains("source"), "\(cause.summary)")
        #expect(cause.advice.contains("its claims as JSON") == (error != .words), "\(cause.advice)")
        #expect(!cause.evidence.contains("eyJ"), "\(cause.evidence)")
    }

    @Test(arguments: malformed)
    func `text that is not a token is refused with the reason`(text: String, error: TokenFormatError) {
        #expect(throws: error) { try Claims(saved: Secret(text)) }
    }
}

/// An error that was saved in place of a trust policy or a token is named as what it is.
///
/// Sources: STS API reference, common errors; AWS CLI user guide; Microsoft, OAuth 2.0 error responses.
@Suite(.computing) struct SavedErrorTests {
    static let errorsOfSTS: [String] = [
        """
        An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to \
        perform sts:AssumeRoleWithWebIdentity
        """,
        """
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
        <Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error>\
        <RequestId>4d2c</RequestId></ErrorResponse>
        """,
        """
        {"Error":{"Code":"AccessDenied","Message":"Not authorized to perform sts:AssumeRoleWithWebIdentity",\
        "Type":"Sender"},"RequestId":"4d2c"}
        """,
    ]

    static let errorsOfIAM: [String] = [
        """
        An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name audit cannot be found.
        """,
        """
        <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>\
        <Code>NoSuchEntity</Code><Message>The role with name audit cannot be found.</Message></Error></ErrorResponse>
        """,
    ]

    static let errorsOfEntra: [String] = [
        #"{"error":"invalid_grant","error_description":"AADSTS501051: Application 'x' is not assigned to a role."}"#,
        "AADSTS501051: Application 'x' is not assigned to a role for the application 'z'.",
    ]

    private static func cause(policy text: String) throws -> Cause {
        let evidence = EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: text) }
        return try #require(Explanation(evidence).causes.first)
    }

    @Test(arguments: errorsOfSTS)
    func `an error of STS in place of a trust policy is named`(text: String) throws {
        let cause = try Self.cause(policy: text)
        #expect(cause.evidence.contains("The text is an error of STS, not a trust policy: "), "\(cause)")
        #expect(cause.evidence.contains("AccessDenied"))
        #expect(
            cause.fix.contains("aws iam get-role") && cause.fix.contains("cambist explain"),
            "\(cause.fix)"
        )
        #expect(!cause.fix.contains("ROLE"), "\(cause.fix)")
    }

    /// Source: IAM user guide, troubleshooting access denied errors; IAM API reference, common errors.
    @Test(arguments: [
        ("AccessDenied", "User: arn:aws:iam::111122223333:user/a is not authorized to perform: iam:GetRole"),
        ("AccessDenied", "Access denied"),
        ("InvalidClientTokenId", "The security token included in the request is invalid."),
        ("ExpiredToken", "The security token included in the request is expired"),
    ])
    func `an error about the credentials of a saved call names no setting`(
        code: String,
        message: String
    ) throws {
        let text = "An error occurred (\(code)) when calling the GetRole operation: \(message)"
        let cause = try Self.cause(policy: text)
        #expect(cause.fix.contains("the credentials of the program that saved the error"), "\(cause.fix)")
        #expect(cause.fix.contains("aws iam get-role"), "\(cause.fix)")
        #expect(!cause.fix.contains("setup.") && !cause.fix.contains("config edit"), "\(cause.fix)")
    }

    @Test(arguments: errorsOfIAM)
    func `an error of IAM in place of a trust policy is named`(text: String) throws {
        let cause = try Self.cause(policy: text)
        #expect(cause.evidence.contains("The text is an error of AWS, not a trust policy: "), "\(cause)")
        #expect(cause.evidence.contains("NoSuchEntity"))
    }

    @Test(arguments: errorsOfEntra)
    func `an error of Entra in place of a trust policy is named with the option that reads it`(text: String)
        throws
    {
        let cause = try Self.cause(policy: text)
        #expect(cause.evidence.contains("an error of a token source, not a trust policy: "), "\(cause)")
        #expect(cause.evidence.contains("AADSTS501051"))
        #expect(cause.fix.contains("--token-file"), "\(cause.fix)")
    }

    @Test(arguments: errorsOfSTS + errorsOfIAM)
    func `an error of AWS in place of a token is named`(text: String) throws {
        let evidence = EvidenceFixture.evidence { $0.token = TokenEvidence(saved: Secret("\(text)\r\n")) }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "token-format")
        #expect(cause.evidence.hasPrefix("The text is an error of AWS ("), "\(cause.evidence)")
        #expect(cause.fix.contains("cambist explain"), "\(cause.fix)")
    }

    @Test(arguments: [
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Sid":"AADSTS501051 x",}]}"#,
        #"{"Statement":[],"error":"invalid_grant","error_description":"x"}"#,
    ])
    func `an invalid trust policy is not an error of a service`(text: String) throws {
        #expect(try !Self.cause(policy: text).evidence.contains("is an error"))
    }
}

@Suite(.computing) struct ProviderRecordsTests {
    @Test func `a record of get-open-id-connect-provider contains no ARN`() throws {
        let providers = try OIDCProvider.records(
            json: """
                {"Url": "sts.windows.net/t/", "ClientIDList": ["api://x"], "ThumbprintList": ["a"],
                 "CreateDate": "2026-01-01T00:00:00Z", "Tags": []}
                """
        )
        let made = Date(timeIntervalSince1970: 1_767_225_600)
        #expect(
            providers == [
                OIDCProvider(
                    url: "sts.windows.net/t/",
                    clientIDs: ["api://x"],
                    thumbprints: ["a"],
                    created: made
                )
            ]
        )
    }

    @Test func `a list of records contains the providers' ARNs`() throws {
        let providers = try OIDCProvider.records(
            json: """
                [{"Arn": "arn:aws:iam::1:oidc-provider/a.b/", "Url": "a.b/", "ClientIDList": []},
                 {"OpenIDConnectProviderArn": "arn:aws:iam::1:oidc-provider/c.d", "Url": "https://c.d", "ClientIDList": ["x"]}]
                """
        )
        #expect(
            providers.map(\.arn) == ["arn:aws:iam::1:oidc-provider/a.b/", "arn:aws:iam::1:oidc-provider/c.d"]
        )
        #expect(providers.map(\.url) == ["a.b/", "c.d"])
        #expect(providers.map(\.clientIDs) == [[], ["x"]])
    }

    @Test func `a list of ARNs leaves the client IDs unknown`() throws {
        let providers = try OIDCProvider.records(
            json: #"{"OpenIDConnectProviderList": [{"Arn": "\#(EntraFixture.providerARN)"}]}"#
        )
        #expect(
            providers == [
                OIDCProvider(arn: EntraFixture.providerARN, url: EntraFixture.provider, clientIDs: nil)
            ]
        )
        #expect(Explanation(EvidenceFixture.evidence { $0.providers = providers }).causes.isEmpty)
    }

    @Test(arguments: ["[", "{}", "[1]", #"[{"Arn": "arn:aws:iam::1:saml-provider/x"}]"#])
    func `text without a provider is refused`(text: String) {
        #expect(throws: ProviderFormatError.self) { try OIDCProvider.records(json: text) }
    }
}

@Suite(.computing) struct PolicyEvidenceTests {
    @Test(arguments: [
        EntraFixture.policy(), #"{"AssumeRolePolicyDocument": \#(EntraFixture.policy())}"#,
        #"{"Role": {"RoleName": "audit", "AssumeRolePolicyDocument": \#(EntraFixture.policy())}}"#,
        #"{"Role": {"AssumeRolePolicyDocument": "\#(EntraFixture.policy().addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"}}"#,
        EntraFixture.policy().addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "",
        JSONValue.string(EntraFixture.policy()).compactText, "\u{FEFF}" + EntraFixture.policy(),
        #"{"values": {"root_module": {"resources": [{"values": {"assume_role_policy": \#(JSONValue.string(EntraFixture.policy()).compactText)}}]}}}"#,
        #"{"Roles": [{"AssumeRolePolicyDocument": \#(EntraFixture.policy())}]}"#,
    ])
    func `a policy is found in the output of get-role`(text: String) throws {
        let expected = try TrustPolicy(parsing: EntraFixture.policy())
        guard case .parsed(let policy) = PolicyEvidence(document: text) else {
            Issue.record("no policy was read")
            return
        }
        #expect(policy.isEquivalent(to: expected))
    }

    @Test func `a policy over the quota is still evaluated`() {
        let text = EntraFixture.policy().replacing(
            "\"Statement\"",
            with: "\"Id\":\"\(String(repeating: "x", count: 3000))\",\"Statement\""
        )
        let explanation = Explanation(EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: text) })
        #expect(explanation.decision == .allow)
        #expect(explanation.lint.contains { $0.id == "over-2048" })
    }
}

@Suite(.computing) struct RecordedEvidenceTests {
    private let mapping: RoleMapping

    init() throws {
        mapping = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: EntraFixture.audience,
            appRole: "AssumeRoleWithWebIdentity",
            roleARN: try #require(EvidenceFixture.role),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
    }

    private func record(_ steps: [StepRecord], token: Bool = true, expiry: Date? = nil) -> ExchangeRecord {
        ExchangeRecord(
            id: 1,
            at: EntraFixture.now,
            mapping: "audit",
            identity: "logging",
            roleARN: mapping.roleARN,
            steps: steps,
            token: token
                ? TokenFacts(
                    fingerprint: "f",
                    claims: EntraFixture.token(),
                    source: .imds,
                    received: EntraFixture.now,
                    seenBefore: true
                ) : nil,
            credentialExpiry: expiry
        )
    }

    private func step(_ step: ExchangeStep, _ code: String, _ message: String = "") -> StepRecord {
        let failure = Failure(kind: .refused, code: code, message: message, fix: "Look.")
        return StepRecord(step: step, outcome: .failed, duration: .zero, failure: failure)
    }

    private func evidence(_ record: ExchangeRecord) -> Evidence {
        Evidence(
            of: record,
            mapping: mapping,
            identity: EvidenceFixture.valid.identity,
            now: EntraFixture.now
        )
    }

    @Test func `a missing token is explained by its source`() {
        var identity = ManagedIdentity(id: "logging", source: .imds)
        identity.clientID = EntraFixture.clientID
        let record = record([step(.token, "invalid_request", "Identity not found")], token: false)
        let evidence = Evidence(of: record, mapping: mapping, identity: identity, now: EntraFixture.now)
        #expect(Explanation(evidence).causes.map(\.id) == ["identity-not-found"])
    }

    /// The time in STS's error relative to the exchange, in seconds, and whether it shows an offset of AWS's clock.
    @Test(arguments: [(0, false), (-60, false), (-7200, true), (7200, true)])
    func `the time in STS's error is compared with the time of the exchange`(seconds: Int, isOffset: Bool) {
        let time = Int(EntraFixture.now.timeIntervalSince1970) + seconds
        let message = "Token expired: current date/time \(time) must be before the expiration date/time 1"
        var evidence = evidence(record([step(.exchange, "ExpiredTokenException", message)]))
        evidence.now += 3600
        #expect(Explanation(evidence).causes.contains { $0.id == "clock-offset" } == isOffset)
    }

    @Test(arguments: [(-7200, false), (7200, true)])
    func `an error from an unknown time shows only a clock that is ahead`(seconds: Int, isOffset: Bool) {
        let time = Int(EntraFixture.now.timeIntervalSince1970) + seconds
        let evidence = EvidenceFixture.refused(
            "ExpiredTokenException",
            "Token expired: current date/time \(time) must be before the expiration date/time 1"
        )
        #expect(Explanation(evidence).causes.contains { $0.id == "clock-offset" } == isOffset)
    }

    @Test func `advice about a mapping of another host begins with the host`() {
        let refused = record([step(.exchange, "AccessDenied", EvidenceFixture.denied)])
        let explanation = Explanation(Evidence(of: refused, on: "vm2", now: EntraFixture.now))
        #expect(explanation.headline?.text.contains("the mapping is configured on another host") == true)
        let advice = explanation.causes.map(\.advice)
        #expect(!advice.isEmpty && advice.allSatisfy { $0.hasPrefix("On vm2: ") }, "\(advice)")
    }

    @Test func `a clock difference that another host measured is that host's`() throws {
        let message = "Token expired: current date/time \(EntraFixture.issued + 90_000) must be before x"
        let refused = record([step(.exchange, "ExpiredTokenException", message)])
        let offset = ClockOffset(offset: .seconds(86_400), uncertainty: .milliseconds(600))
        var evidence = Evidence(of: refused, on: "vm2", now: EntraFixture.now + 7200)
        evidence.clockOffset = offset
        evidence.azureClock = offset
        let context = DiagnosisContext(evidence)
        #expect(context.awsNow == evidence.now && context.issuerNow == evidence.now)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "clock-offset")
        #expect(cause.summary == "vm2's clock is 1d slow.")
        #expect(cause.fix.hasPrefix("On vm2: ") && cause.commands == ["timedatectl set-ntp true"])
        #expect(!"\(cause.evidence) \(cause.fix)".contains("this host"), "\(cause)")
    }

    @Test func `a failure with cambist's own code keeps it`() {
        let record = record([step(.token, "timed-out", "no response")], token: false)
        #expect(Explanation(evidence(record)).causes.map(\.id) == ["timed-out"])
        let unsent = self.record([step(.exchange, "not-aws", "HTTP 200 with no AWS reply")])
        #expect(Explanation(evidence(unsent)).causes.map(\.id) == ["not-aws"])
    }

    @Test func `STS's refusal and a failed call have different causes`() {
        let refused = record([step(.exchange, "InvalidIdentityToken", "Incorrect token audience")])
        #expect(Explanation(evidence(refused)).causes.map(\.id) == ["audience-not-registered"])
        let failedCall = record([step(.caller, "InvalidClientTokenId", "x")], expiry: EntraFixture.now + 3600)
        #expect(Explanation(evidence(failedCall)).causes.map(\.id) == ["credentials-invalid"])
    }

    @Test func `a successful exchange has no failure, and its session's duration is compared`() {
        #expect(Explanation(evidence(record([], expiry: EntraFixture.now + 3600))).causes.isEmpty)
        var long = mapping
        long.duration = .seconds(7200)
        let record = record([], expiry: EntraFixture.now + 3600)
        let explanation = Explanation(
            Evidence(of: record, mapping: long, identity: nil, now: EntraFixture.now)
        )
        #expect(explanation.causes.map(\.id) == ["session-shorter"])
        #expect(explanation.isClear)
    }
}
