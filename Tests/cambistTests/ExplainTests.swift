import ArgumentParser
import Diagnosis
import Federation
import Foundation
import Operations
import TestSupport
import Testing
import TrustPolicy

@testable import cambist

@Suite(.limited) struct ExplainTests {
    static let tenant = "11111111-2222-3333-4444-555555555555"
    static let claims = """
        {"aud": "api://x", "iss": "https://sts.windows.net/\(tenant)/", "sub": "s", "oid": "s", "iat": 1760000000,
         "exp": 1760086700, "tid": "\(tenant)", "ver": "1.0"}
        """

    private static func policy(_ condition: String) -> String {
        """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
         "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(tenant)/"},
         "Condition": \(condition)}}
        """
    }

    /// Returns the explanation for a policy and options; the files are in a temporary directory.
    private func explanation(policy: String, _ arguments: [String] = []) throws -> Explanation {
        let directory = FileManager.default.temporaryDirectory.appending(path: "explain-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let token = directory.appending(path: "token.json").path
        let trust = directory.appending(path: "trust.json").path
        try Self.claims.write(toFile: token, atomically: true, encoding: .utf8)
        try policy.write(toFile: trust, atomically: true, encoding: .utf8)
        let options = try EvidenceOptions.parse(["--token-file", token, "--trust-policy", trust] + arguments)
        return Explanation(try options.evidence(now: Date(timeIntervalSince1970: 1_760_003_600)))
    }

    @Test func `the options determine the request`() throws {
        let condition = """
            {"StringEquals": {"sts:RoleSessionName": "ci", "k:v": ["a=b"], "sts.windows.net/\(Self.tenant)/:sub": "s"},
             "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
             "DateEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
             "ForAllValues:StringEquals": {"k:w": ["1", "2"]}}
            """
        let arguments = [
            "--session-name", "ci", "--source-ip", "203.0.113.9", "--at", "2026-01-01T00:00:00Z", "--context",
            "k:v=a=b",
            "--context", "k:w=1", "--context", "K:W=2",
        ]
        #expect(try explanation(policy: Self.policy(condition), arguments).decision == .allow)
        #expect(try explanation(policy: Self.policy(condition)).decision == .deny)
    }

    @Test(arguments: [
        ["--role", "arn:aws:iam::1:user/x"], ["--at", "yesterday"], ["--context", "novalue"],
        ["--context", "=x"],
    ])
    func `a malformed option is a usage error`(arguments: [String]) {
        #expect(throws: (any Error).self) { try EvidenceOptions.parse(arguments) }
    }

    /// Source: STS API reference, AssumeRoleWithWebIdentity, RoleSessionName; AssumeRole, SourceIdentity.
    @Test(arguments: [
        ["--session-name", "a b/c"], ["--session-name", "a"],
        ["--session-name", String(repeating: "a", count: 65)], ["--session-name", "é2"],
        ["--context", "sts:RoleSessionName=a b"], ["--context", "STS:SourceIdentity=a/b"],
        ["--context", "aws:SourceIp=10.0.0.0/8"], ["--source-ip", "10.0.0.0/8"], ["--source-ip", "host"],
        ["--context", "aws:CurrentTime=noon"],
    ])
    func `a value that no request has is a usage error with the accepted values`(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) { try EvidenceOptions.parse(arguments) }
        let text = EvidenceOptions.message(for: error)
        #expect(text.contains(arguments[1]) && text.contains("accepted: "), "\(text)")
    }

    @Test(arguments: [
        ["--session-name", "a-b@c.d_e+f=g,h"], ["--session-name", String(repeating: "a", count: 64)],
        ["--context", "aws:PrincipalTag/x=a b/c"], ["--source-ip", "2001:db8::1"],
        ["--context", "aws:CurrentTime=1767225600"],
    ])
    func `a value that a request can have is accepted`(arguments: [String]) {
        #expect(throws: Never.self) { try EvidenceOptions.parse(arguments) }
    }

    @Test func `the error for a missing file names the file`() throws {
        let options = try EvidenceOptions.parse(["--token-file", "/nowhere/token"])
        let failure = #expect(throws: CommandFailure.self) {
            try options.evidence(now: Date(timeIntervalSince1970: 0))
        }
        #expect(failure?.status == .usage)
        #expect(failure?.messages.first?.contains("/nowhere/token") == true)
    }

    /// Windows PowerShell 5 writes UTF-16 with a byte order mark.
    @Test(arguments: [String.Encoding.utf8, .utf16])
    func `a policy that an option names is evaluated even if STS accepted the token`(
        encoding: String.Encoding
    )
        throws
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "policy-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let condition = #"{"StringEquals": {"sts.windows.net/\#(Self.tenant)/:sub": "t"}}"#
        try Self.policy(condition).write(toFile: path, atomically: true, encoding: encoding)
        var evidence = Evidence(
            exchange: .succeeded(ExchangeAnswer()),
            now: Date(timeIntervalSince1970: 0)
        )
        try EvidenceOptions.parse(["--trust-policy", path]).add(to: &evidence)
        #expect(evidence.exchange == .untried)
        #expect(evidence.policy == PolicyEvidence(document: Self.policy(condition)))
    }

    @Test func `the text names the condition, the cause, and the fix`() throws {
        let condition = #"{"StringEquals": {"sts.windows.net/\#(Self.tenant)/:sub": "t"}}"#
        let text = try explanation(policy: Self.policy(condition)).text()
        #expect(
            text == """
                The trust policy does not allow the token (Statement[0]).
                   condition StringEquals sts.windows.net/\(Self.tenant)/:sub
                   required  t
                   found     s

                1. The condition requires a text that is not an object ID, and no identity of Entra has such a sub. [sub-mismatch]
                   evidence  Statement[0]: StringEquals on sts.windows.net/\(Self.tenant)/:sub requires t; the request's value is s
                   fix       To allow the token's identity, replace t in the condition with its sub s, but only if no other caller uses the statement. Preferably, add a statement that allows only the token's identity. With --role ARN, cambist also prints the command that stores the following trust policy:
                             {"Statement":[{"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"sts.windows.net/\(Self.tenant)/:sub":"t"}},"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(Self.tenant)/"}},{"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"sts.windows.net/\(Self.tenant)/:aud":"api://x","sts.windows.net/\(Self.tenant)/:sub":"s"}},"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(Self.tenant)/"}}],"Version":"2012-10-17"}
                """
        )
    }

    @Test func `the text reports a working exchange and an unknown policy`() {
        let now = Date(timeIntervalSince1970: 0)
        let text = Explanation(Evidence(exchange: .succeeded(ExchangeAnswer()), now: now)).text()
        #expect(
            text == """
                The exchange works.
                The policy is unknown: set trust_policy_file or use --trust-policy.
                """
        )
    }

    @Test func `external text cannot control the terminal`() throws {
        let condition = #"{"StringEquals": {"sts.windows.net/\#(Self.tenant)/:sub": "\u001b[2J"}}"#
        let text = try explanation(policy: Self.policy(condition)).text()
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("<U+001B>[2J"))
    }

    @Test func `the JSON has an error beside the other members`() throws {
        let report = ExplainReport(
            explanation: try explanation(policy: "{"),
            error: ErrorReport(code: "c", message: "m", fix: "f")
        )
        let json = try JSONValue(parsing: JSONEncoder().encode(report))
        #expect(json["version"] == .integer(1))
        #expect(json["decision"] == .string("invalid"))
        #expect(json["error"]?["code"] == .string("c"))
    }
}
