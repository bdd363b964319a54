import Federation
import TestSupport
import Testing
import Transport

@testable import AWS

@Suite(.limited) struct AssumeRoleWithWebIdentityRequestTests {
    private func request() throws -> AssumeRoleWithWebIdentityRequest {
        AssumeRoleWithWebIdentityRequest(
            session: RoleSessionRequest(
                roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
                name: "cambist-audit",
                duration: .seconds(3600)
            ),
            token: Secret("e30.e30.c2ln")
        )
    }

    @Test func `a request within all limits is valid`() throws {
        try request().validate(region: "eu-west-1")
    }

    @Test(arguments: ["a", "with blank", "umlaut-ä", String(repeating: "x", count: 65), ""])
    func `a session name outside STS's pattern is refused`(_ name: String) throws {
        var request = try request()
        request.session.name = name
        #expect(throws: CloudError.self) { try request.validate(region: "eu-west-1") }
    }

    @Test(arguments: [899, 43201, 0, -1])
    func `a duration outside 15 minutes to 12 hours is refused`(_ seconds: Int) throws {
        var request = try request()
        request.session.duration = .seconds(seconds)
        #expect(throws: CloudError.self) { try request.validate(region: "eu-west-1") }
    }

    @Test(arguments: [900, 43200])
    func `the minimum and maximum durations are valid`(_ seconds: Int) throws {
        var request = try request()
        request.session.duration = .seconds(seconds)
        try request.validate(region: "eu-west-1")
    }

    @Test(arguments: ["", String(repeating: "x", count: 2049), "{\"Sid\":\"\u{20AC}\"}", "\u{1}"])
    func `a session policy outside STS's limits is refused`(_ policy: String) throws {
        var request = try request()
        request.session.policy = policy
        #expect(throws: CloudError.self) { try request.validate(region: "eu-west-1") }
    }

    @Test(arguments: ["cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1"])
    func `a role of a partition other than the endpoint's is refused`(_ region: String) throws {
        #expect(throws: CloudError.self) { try request().validate(region: region) }
    }

    @Test(arguments: ["eu-west-1", "us-east-1", "local"])
    func `a role of the endpoint's partition is valid`(_ region: String) throws {
        try request().validate(region: region)
    }

    @Test(arguments: [
        "arn:aws:iam::444455556666:policy/other", "arn:aws-cn:iam::111122223333:policy/own",
        "arn:aws:s3:::bucket",
    ])
    func `a session policy of another account is refused`(_ arn: String) throws {
        var request = try request()
        request.session.policyARNs = [try #require(ARN(arn))]
        #expect(throws: CloudError.self) { try request.validate(region: "eu-west-1") }
    }

    @Test func `session policies have at most 2048 characters in total`() throws {
        var request = try request()
        request.session.policyARNs = [try #require(ARN("arn:aws:iam::aws:policy/ReadOnlyAccess"))]
        request.session.policy = String(repeating: "x", count: 2048 - 38)
        try request.validate(region: "eu-west-1")
        request.session.policy?.append("x")
        #expect(throws: CloudError.self) { try request.validate(region: "eu-west-1") }
    }

    @Test func `a token over 20000 characters is refused`() throws {
        var request = try request()
        request.token = Secret(String(repeating: "x", count: 20001))
        #expect(throws: CloudError.self) { try request.validate(region: "eu-west-1") }
    }

    @Test func `the body has the parameter names and encoding of STS`() throws {
        var request = try request()
        request.session.policyARNs = [try #require(ARN("arn:aws:iam::aws:policy/ReadOnlyAccess"))]
        request.session.policy = "{\"a b\":1}"
        #expect(
            request.body.text.reveal()
                == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
                + "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Faudit&RoleSessionName=cambist-audit"
                + "&DurationSeconds=3600"
                + "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess"
                + "&Policy=%7B%22a%20b%22%3A1%7D&WebIdentityToken=e30.e30.c2ln"
        )
    }
}
