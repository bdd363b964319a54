import Foundation
import TestSupport
import Testing

@testable import Simulator

/// AWS's Query protocol.
@Suite(.limited) struct QueryProtocolTests {
    @Test func `the error for an unknown action has a separate namespace`() async throws {
        let answer = try await AWSHarness().post(["Action": "AssumeNothing", "Version": "2011-06-15"])
        #expect(
            answer.refusal
                == "400 InvalidAction: Could not find operation AssumeNothing for version 2011-06-15"
        )
        #expect(answer.text.contains("xmlns=\"http://webservices.amazon.com/AWSFault/2005-15-09\""))
    }

    @Test(arguments: [
        (AWSService.sts(region: nil), "2010-05-08", "GetCallerIdentity"),
        (.iam, "2011-06-15", "GetRole"),
    ])
    func `a version of another service is unknown`(service: AWSService, version: String, action: String)
        async throws
    {
        let answer = try await AWSHarness().post(["Action": action, "Version": version], to: service)
        #expect(
            answer.refusal == "400 InvalidAction: Could not find operation \(action) for version \(version)"
        )
    }

    @Test func `the error for a request without a version names the version`() async throws {
        let answer = try await AWSHarness().post(["Action": "GetCallerIdentity"])
        #expect(
            answer.refusal
                == "400 InvalidAction: Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"
        )
    }

    @Test func `an action of the other service is unknown`() async throws {
        let answer = try await AWSHarness().post(
            ["Action": "GetCallerIdentity", "Version": "2010-05-08"],
            to: .iam
        )
        #expect(answer.code == "InvalidAction")
    }

    @Test(arguments: ["application/json", "text/plain", nil])
    func `a body that is not a form is ignored`(contentType: String?) async throws {
        let request = WireRequest(
            method: "POST",
            path: "/",
            rawQuery: nil,
            headers: contentType.map { [(name: "Content-Type", value: $0)] } ?? [],
            body: Data("Action=GetCallerIdentity&Version=2011-06-15".utf8),
            at: Date(timeIntervalSince1970: 1_800_000_000)
        )
        let answer = Answer(await (try AWSHarness()).cloud.respond(to: request, service: .sts(region: nil)))
        #expect(answer.code == "MissingAction")
    }

    @Test func `an exchange may be a GET request`() async throws {
        let harness = try await AWSHarness()
        let form = [
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": AWSHarness.roleARN,
            "RoleSessionName": "cambist-audit",
            "WebIdentityToken": try harness.testIssuer.token(harness.claims),
        ]
        let request = WireRequest(
            method: "GET",
            path: "/",
            rawQuery: AWSHarness.encoded(form),
            headers: [],
            body: Data(),
            at: harness.time.now
        )
        #expect(await harness.cloud.respond(to: request, service: .sts(region: nil)).status == 200)
    }

    @Test(arguments: [(10_000_000, 400), (10_000_001, 413)])
    func `a body over ten million bytes gets an empty response`(size: Int, status: Int)
        async throws
    {
        let request = WireRequest(
            method: "POST",
            path: "/",
            rawQuery: nil,
            headers: [(name: "Content-Type", value: "text/plain")],
            body: Data(repeating: UInt8(ascii: "x"), count: size),
            at: Date(timeIntervalSince1970: 1_800_000_000)
        )
        let response = await (try AWSHarness()).cloud.respond(to: request, service: .sts(region: nil))
        #expect(response.status == status)
        #expect(response.body.isEmpty == (status == 413))
    }

    @Test func `the first of repeated parameters counts, and unknown ones are ignored`() throws {
        let body = "Action=First&Action=Second&Version=1&Unknown=x&Empty="
        let call = try QueryCall(Self.form(body))
        #expect(call.action == "First")
        #expect(call["Empty"]?.isEmpty == true)
        #expect(call["Missing"] == nil)
    }

    @Test(arguments: [
        ("a+b%20c", "a b c"), ("%C3%A7", "\u{e7}"), ("100%", "100%"),
        ("a%2Bb=c", "a+b=c"),
    ])
    func `values are percent-decoded and a plus is a space`(encoded: String, decoded: String) throws {
        #expect(try QueryCall(Self.form("Action=A&Value=\(encoded)"))["Value"] == decoded)
    }

    @Test func `lists are numbered from one without gaps`() throws {
        let call = try QueryCall(Self.form("Action=A&L.member.1=x&L.member.2=y&L.member.4=z&Empty="))
        #expect(call.list("L") == ["x", "y"])
        #expect(call.list("Empty") == [])
        #expect(call.list("None") == nil)
    }

    @Test func `each structure in a list has its own members`() throws {
        let call = try QueryCall(Self.form("Action=A&T.member.1.Key=k&T.member.1.Value=v&T.member.2.Key=l"))
        #expect(call.list("T", of: ["Key", "Value"]) == [["k", "v"], ["l", nil]])
    }

    @Test func `markup and control characters in texts are escaped`() {
        let element = XMLElement("Message", "<a & \"b\">\r\n\u{1B}[0m")
        #expect(
            element.document(namespace: "urn:x")
                == "<Message xmlns=\"urn:x\">&lt;a &amp; &quot;b&quot;&gt;&#xD;\n\u{FFFD}[0m</Message>\n"
        )
    }

    private static func form(_ body: String) -> WireRequest {
        WireRequest(
            method: "POST",
            path: "/",
            rawQuery: nil,
            headers: [(name: "content-type", value: "application/x-www-form-urlencoded")],
            body: Data(body.utf8),
            at: Date(timeIntervalSince1970: 0)
        )
    }
}
