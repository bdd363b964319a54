import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The response of a service precedes the state of a file or of an earlier read, and its text is never a cause's ID.
@Suite(.computing) struct RefusalPrecedenceTests {
    private static let provider = EntraFixture.provider

    private static func refused(
        _ code: String,
        _ message: String,
        condition: String,
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> Evidence {
        var evidence = EvidenceFixture.policy(condition)
        evidence.exchange = .refused(Failure(kind: .refused, code: code, message: message, fix: ""))
        evidence.policyFile = "trust.json"
        evidence.role = .unknown
        evidence.providers = nil
        change(&evidence)
        return evidence
    }

    /// Conditions of an old file that deny the token.
    private static let old = [
        #"{"StringEquals": {"\#(provider):aud": "api://old"}}"#,
        #"{"StringEquals": {"\#(provider):sub": "\#(EvidenceFixture.other)"}}"#,
        #"{"StringEquals": {"\#(provider.droppingLast):aud": "\#(EntraFixture.audience)"}}"#,
    ]

    @Test(
        arguments: [
            ("InvalidIdentityToken", "Incorrect token audience", "audience-not-registered"),
            ("InvalidIdentityToken", EvidenceFixture.providerNotFound, "no-provider"),
            (
                "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider",
                "verification-key"
            ),
            ("IDPCommunicationError", "An error occurred.", "issuer-unreachable"),
            ("RegionDisabledException", "STS is not activated in this region", "region-disabled"),
            ("InvalidAction", "Could not find operation x", "not-sts"),
        ],
        old
    )
    func `STS's error about the token precedes the denial in a file`(
        refusal: (code: String, message: String, id: String),
        condition: String
    ) {
        let evidence = Self.refused(refusal.code, refusal.message, condition: condition)
        let causes = Explanation(evidence).causes
        #expect(causes.first?.id == refusal.id, "\(causes.map(\.id))")
        #expect(causes.count > 1, "the file's denial is still reported")
    }

    @Test(arguments: old)
    func `a denial by STS is explained by the file`(condition: String) {
        let evidence = Self.refused("AccessDenied", EvidenceFixture.denied, condition: condition)
        #expect(Explanation(evidence).causes.first.map { $0.id != "not-authorized" } == true)
    }

    @Test func `a defect of the token precedes STS's error, which it explains`() {
        let evidence = Self.refused(
            "InvalidIdentityToken",
            "Incorrect token audience",
            condition: Self.old[0]
        ) {
            $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
        }
        #expect(Explanation(evidence).causes.first?.id == "v2-token")
    }

    @Test(arguments: [
        (#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#, "depends-on-unknown"),
        (
            #"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
            "depends-on-unknown"
        ),
    ])
    func `a denial that depends on unknown values names STS's denial and each value`(
        condition: String,
        id: String
    ) throws {
        let evidence = Self.refused("AccessDenied", EvidenceFixture.denied, condition: condition)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == id && cause.summary.hasPrefix("STS denied the call"))
        #expect(
            cause.evidence.hasPrefix("AccessDenied: \(EvidenceFixture.denied); not evaluated: Statement[0]: ")
        )
        for key in ["aws:SourceIp", "aws:SourceVpc"] where condition.contains(key) {
            #expect(cause.evidence.contains(key), "\(cause.evidence)")
        }
        let causes = try #require(cause.possibleCauses).causes
        #expect(causes.contains { $0.contains("resource control policy") })
        // STS denied the call, so a condition that is met is not a cause.
        #expect(causes.filter { $0.contains("condition") }.count == 1, "\(causes)")
        #expect(causes.first?.hasSuffix(" fails") == true)
    }

    @Test(arguments: [
        ("https://s3.example/ (AWS_ENDPOINT_URL)", "AWS_ENDPOINT_URL sets the endpoint"),
        ("https://s3.example/ (endpoints.sts), through the proxy p", "endpoints.sts sets the endpoint"),
        ("https://sts.eu-west-1.amazonaws.com/", "No setting changes the endpoint"),
    ])
    func `an endpoint that is not STS is named with its setting`(endpoint: String, advice: String) throws {
        let evidence = EvidenceFixture.refused("InvalidAction", "") { $0.request.endpoint = endpoint }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "not-sts" && cause.fix.hasPrefix(advice), "\(cause.fix)")
        #expect(cause.evidence.contains("the endpoint is \(endpoint)"))
    }

    /// Codes that a gateway can choose.
    private static let foreign = [
        "forbidden", "denied", "no-access", "\u{1B}[31mred", "token-theft", "probe-x",
    ]

    @Test(arguments: foreign, TokenSourceKind.allCases)
    func `the code of a token server is never the ID of a cause`(code: String, source: TokenSourceKind) throws
    {
        let message = "\(source.rawValue) refused the request (HTTP 403, \(code)): no"
        let cause = try #require(Explanation(EvidenceFixture.noToken(code, message, source)).causes.first)
        #expect(cause.id == (source == .imds || source == .auto ? "metadata-proxied" : "source-refused"))
        #expect(cause.evidence.contains("HTTP 403") && !cause.evidence.contains("\u{1B}"))
    }

    @Test(arguments: foreign)
    func `the code of another server is never the ID of a cause`(code: String) {
        for evidence in [EvidenceFixture.refused(code, "no"), EvidenceFixture.failedCall(code, "no")] {
            let id = Explanation(evidence).causes.first?.id
            #expect(["unknown-error", "credentials-refused"].contains(id), "\(id ?? "")")
        }
    }

    @Test func `Entra's error in a 403 response remains the cause`() {
        let message = "imds refused the request (HTTP 403, AADSTS501051): \(EvidenceFixture.unassigned)"
        let evidence = EvidenceFixture.noToken("AADSTS501051", message, .imds)
        #expect(Explanation(evidence).causes.first?.id == "role-unassigned")
        let refused = EvidenceFixture.noToken(
            "access_denied",
            "imds refused (HTTP 403, access_denied): x",
            .imds
        )
        #expect(Explanation(refused).causes.first?.id == "client-refused")
    }
}

extension String {
    fileprivate var droppingLast: String { String(dropLast()) }
}
