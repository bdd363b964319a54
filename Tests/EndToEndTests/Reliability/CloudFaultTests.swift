import Foundation
import GRDB
import TestSupport
import Testing

/// Each fault of a cloud service has the consequences that the table of faults states.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct CloudFaultTests {
    @Test(
        arguments: ExternalComponent.allCases.filter { component in
            FaultRow.clouds.contains { $0.component == component }
        }
    )
    func `each fault of the table has the documented result`(_ component: ExternalComponent) async throws {
        try await LabServer.with { lab in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for row in FaultRow.clouds where row.component == component {
                    for fault in row.faults {
                        group.addTask { try await CloudCase(row: row, fault: fault, lab: lab).check() }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

/// One fault of one cloud service.
private struct CloudCase: Sendable {
    let row: FaultRow
    let fault: Fault
    let lab: LabServer

    func check() async throws {
        guard fault != .refused else {
            let outcome = try await run("http://127.0.0.1:1")
            return try verify(outcome, requests: [])
        }
        let reply = FaultyReply(fault, isXML: row.component == .sts || row.component == .iam).reply
        try await ScriptedServer.run { _ in
            reply
        } work: { server in
            let outcome = try await run(server.url().absoluteString)
            try verify(outcome, requests: server.requests)
        }
    }

    /// The directory of this case.
    private var directory: String { lab.harness.path("\(row.component)-\(fault)-\(row.command.count)") }

    private func run(_ address: String) async throws -> ProcessResult {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = directory + "/config.yaml"
        try configuration(address).write(toFile: file, atomically: true, encoding: .utf8)
        var variables = lab.variables.filter { $0.key.hasPrefix("AWS_") && !$0.key.contains("ENDPOINT") }
        variables["CAMBIST_CONFIG"] = file
        variables["XDG_STATE_HOME"] = directory
        variables["CLIENT_SECRET"] = "a-client-secret-0001"
        if row.component == .appService {
            variables["IDENTITY_ENDPOINT"] = address
            variables["IDENTITY_HEADER"] = "an-identity-header-0001"
        }
        let words = row.command.split(separator: " ").dropFirst().map(String.init)
        return try await lab.harness.cambist(words, variables)
    }

    /// Returns the lab's configuration with the address of the faulty service.
    private func configuration(_ address: String) throws -> String {
        let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
        let key: String
        switch row.component {
        case .appService: return text.replacing("source: imds", with: "source: app-service\n    timeout: 3s")
        case .entra:
            let secret = "source: client-secret\n    secret_env: CLIENT_SECRET\n    timeout: 3s"
            return Self.replace("authority", address, in: text.replacing("source: imds", with: secret))
        case .imds:
            return Self.replace(
                "imds",
                address,
                in: text.replacing("source: imds", with: "source: imds\n    timeout: 3s")
            )
        case .keys: key = "authority"
        default: key = "\(row.component)"
        }
        return Self.replace(key, address, in: text)
    }

    private static func replace(_ key: String, _ address: String, in text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("  \(key): http") ? "  \(key): \(address)" : String($0) }
            .joined(separator: "\n")
    }

    private func verify(_ result: ProcessResult, requests: [ScriptedRequest]) throws {
        let label = Comment("\(row.component) \(fault): \(result)")
        #expect(result.status == row.status, label)
        #expect((result.output + result.errorOutput).contains(row.message), label)
        #expect(fault == .refused || !requests.isEmpty, label)
        switch row.kept {
        case .record:
            let history = try DatabaseQueue(path: "\(directory)/cambist/history.sqlite")
            let failed = try history.read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM exchange WHERE failed")
            }
            #expect(failed == 1, label)
        case .clouds:
            let reads = requests.allSatisfy { request in
                row.component == .iam ? request.body.contains(/Action=(Get|List)/) : request.method == "GET"
            }
            #expect(reads, label)
        case .findings: #expect(result.errorOutput.contains("mapping audit-us"), label)
        case .claims: #expect(result.output.contains("\nappid "), label)
        default: break
        }
    }
}

/// The reply of a faulty service.
private struct FaultyReply {
    let reply: ScriptedReply

    init(_ fault: Fault, isXML: Bool) {
        let whole = isXML ? Self.expiredCredentials : Self.expiredToken
        let type = isXML ? "text/xml" : "application/json"
        let half = String(whole.prefix(whole.count / 2))
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n"
        switch fault {
        case .reset: reply = ScriptedReply(.send(head + "Content-Length: 9000\r\n\r\n" + half), .reset)
        case .slow:
            let text = head + "Content-Length: 9000\r\n\r\n" + String(repeating: " ", count: 9000)
            reply = ScriptedReply(.drip(Array(text.utf8), every: .milliseconds(100)))
        case .throttled:
            let body = isXML ? Self.throttling : #"{"error":"too_many_requests"}"#
            reply = .answer(429, body, type: type)
        case .serverError: reply = .answer(503, "", type: type)
        case .wrongType: reply = .answer(200, "<html><body>Sign in</body></html>", type: "text/html")
        case .truncated: reply = .answer(200, half, type: type)
        case .huge:
            let length = "Content-Length: 100000000\r\n\r\n"
            reply = ScriptedReply(.send(head + length), .flood(bytes: 100_000_000))
        case .garbage: reply = ScriptedReply(.sendBytes((0..<500).map { UInt8($0 * 37 % 251) }), .close)
        case .expired: reply = .answer(200, whole, type: type)
        default: reply = ScriptedReply(.stall)
        }
    }

    private static let throttling = """
        <ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
        <Message>Rate exceeded</Message></Error></ErrorResponse>
        """

    /// A token that expired on 2026-01-01.
    private static let expiredToken: String = {
        let claims = """
            {"aud":"api://security-aws-logging","iss":"https://sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/",\
            "iat":1767139200,"nbf":1767139200,"exp":1767225600,"sub":"1ea7e6e0-7876-4d1c-aec5-7b1c927ede74",\
            "oid":"1ea7e6e0-7876-4d1c-aec5-7b1c927ede74","appid":"50d69e93-b49a-4251-8683-b9bca79dea7c",\
            "tid":"2f4a9838-26b7-47ee-be60-ccc1fdec5953","ver":"1.0","roles":["AssumeRoleWithWebIdentity"]}
            """
        let parts = [#"{"alg":"RS256","kid":"k"}"#, claims, "signature-of-the-token"].map {
            Data($0.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
        }
        return """
            {"access_token":"\(parts.joined(separator: "."))","expires_on":"1767225600","token_type":"Bearer"}
            """
    }()

    /// Session credentials that expired on 2026-01-01.
    private static let expiredCredentials = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>\
        <Credentials><AccessKeyId>ASIAEXAMPLE000000001</AccessKeyId><SecretAccessKey>AN/EXAMPLE/SECRET/KEY/00000000000000000</SecretAccessKey>\
        <SessionToken>an-example-session-token</SessionToken><Expiration>2026-01-01T00:00:00Z</Expiration></Credentials>\
        <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/audit/cambist-audit</Arn>\
        <AssumedRoleId>AROAEXAMPLE:cambist-audit</AssumedRoleId></AssumedRoleUser></AssumeRoleWithWebIdentityResult>\
        <ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>
        """
}
