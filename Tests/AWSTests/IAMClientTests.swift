import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import AWS

/// IAM's replies from its API reference, over HTTP.
@Suite(.limited) struct IAMClientTests {
    private func call<Value: Sendable>(
        _ replies: [String],
        status: Int = 200,
        _ work: @escaping @Sendable (IAMClient) async throws -> Value
    ) async throws -> (value: Value, requests: [ScriptedRequest]) {
        try await ScriptedServer.run { request in
            .answer(
                status,
                replies[min(request.number, replies.count) - 1],
                type: "text/xml",
                headers: ["x-amzn-RequestId: request-\(request.number)"]
            )
        } work: { server in
            let transport = try HTTPTransport(time: ManualTime(), logger: LogCapture().logger)
            let client = IAMClient(
                transport: transport,
                endpoint: AWSEndpoint(url: server.url(), signingRegion: "us-east-1"),
                credentials: SigningCredentials(accessKeyID: "AKIA", secretAccessKey: Secret("s")),
                time: ManualTime()
            )
            let result: Result<Value, any Error>
            do {
                result = .success(try await work(client))
            } catch {
                result = .failure(error)
            }
            await transport.shutDown()
            return (try result.get(), server.requests)
        }
    }

    private static func document(_ operation: String, _ result: String) -> String {
        """
        <\(operation)Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><\(operation)Result>\(result)\
        </\(operation)Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></\(operation)Response>
        """
    }

    static let role = """
        <Role><Path>/security/</Path><RoleName>audit</RoleName><RoleId>AROAEXAMPLE</RoleId>\
        <Arn>arn:aws:iam::111122223333:role/security/audit</Arn><CreateDate>2026-01-31T12:00:00Z</CreateDate>\
        <AssumeRolePolicyDocument>%7B%22Version%22%3A%20%222012-10-17%22%2C%0A%22a%2Bb%22%3A%221+1%22%7D\
        </AssumeRolePolicyDocument><Description>logs &amp; more</Description>\
        <MaxSessionDuration>7200</MaxSessionDuration>\
        <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
        <PermissionsBoundaryArn>arn:aws:iam::111122223333:policy/edge</PermissionsBoundaryArn></PermissionsBoundary>\
        <Tags><member><Key>made-by</Key><Value>cambist</Value></member><member><Key>empty</Key><Value/></member></Tags>\
        <RoleLastUsed><LastUsedDate>2026-02-01T00:00:00Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed></Role>
        """

    @Test func `a role is parsed with its decoded trust policy`() async throws {
        let (role, requests) = try await call([Self.document("GetRole", Self.role)]) {
            try await $0.role("audit")
        }
        #expect(role.trustDocument == "{\"Version\": \"2012-10-17\",\n\"a+b\":\"1+1\"}")
        #expect(role.maxSession == .seconds(7200) && role.description == "logs & more")
        #expect(role.permissionsBoundary == "arn:aws:iam::111122223333:policy/edge")
        #expect(role.tags == ["made-by": "cambist", "empty": ""] && role.id == "AROAEXAMPLE")
        #expect(role.lastUsed == Date(timeIntervalSince1970: 1_769_904_000))
        #expect(requests.map(\.body) == ["Action=GetRole&Version=2010-05-08&RoleName=audit"])
        let authorization = requests.first?.header("authorization") ?? ""
        #expect(authorization.contains("/us-east-1/iam/aws4_request"))
    }

    @Test func `a document that is not encoded is returned unchanged`() {
        #expect(PolicyDocumentCoding.decode(" {\"a\": \"50%25\"}") == " {\"a\": \"50%25\"}")
    }

    @Test func `a role with only the required elements is parsed`() async throws {
        let bare = "<Role><Arn>arn:aws:iam::111122223333:role/audit</Arn><RoleLastUsed/><Tags/></Role>"
        let (role, _) = try await call([Self.document("GetRole", bare)]) { try await $0.role("audit") }
        #expect(role.maxSession == .seconds(3600) && role.tags.isEmpty && role.lastUsed == nil)
    }

    @Test func `a provider is parsed with its lists`() async throws {
        let reply = """
            <Url>sts.windows.net/t/</Url><ClientIDList><member>api://a</member><member>b</member></ClientIDList>\
            <ThumbprintList/><CreateDate>2026-01-31T12:00:00.125Z</CreateDate><Tags/>
            """
        let (record, _) = try await call([Self.document("GetOpenIDConnectProvider", reply)]) {
            try await $0.provider("arn:aws:iam::111122223333:oidc-provider/sts.windows.net/t/")
        }
        #expect(record.provider.url == "sts.windows.net/t/")
        #expect(record.provider.clientIDs == ["api://a", "b"] && record.provider.thumbprints.isEmpty)
        #expect(record.provider.created == Date(timeIntervalSince1970: 1_769_860_800.125))
    }

    @Test func `a list is read up to its last page`() async throws {
        let pages = [
            "<IsTruncated>true</IsTruncated><PolicyNames><member>a</member></PolicyNames><Marker>m 1</Marker>",
            "<IsTruncated>true</IsTruncated><PolicyNames/><Marker>m2</Marker>",
            "<IsTruncated>false</IsTruncated><PolicyNames><member>b</member></PolicyNames>",
        ].map { Self.document("ListRolePolicies", $0) }
        let (names, requests) = try await call(pages) { try await $0.policyNames(of: "audit") }
        #expect(names == ["a", "b"])
        let begin = "Action=ListRolePolicies&Version=2010-05-08&RoleName=audit"
        #expect(requests.map(\.body) == [begin, begin + "&Marker=m%201", begin + "&Marker=m2"])
    }

    @Test func `a list with a repeated marker ends`() async throws {
        let page = Self.document(
            "ListRolePolicies",
            "<IsTruncated>true</IsTruncated><PolicyNames><member>a</member></PolicyNames><Marker>m</Marker>"
        )
        let (_, requests) = try await call([page]) { try await $0.policyNames(of: "audit") }
        #expect(requests.count == 2)
    }

    @Test func `a list of more than 200 pages is an unexpected response`() async throws {
        let pages = (1...200).map { number in
            Self.document(
                "ListRolePolicies",
                "<IsTruncated>true</IsTruncated><PolicyNames/><Marker>m\(number)</Marker>"
            )
        }
        let error = CloudError.unexpectedResponse(
            service: .iam,
            host: "127.0.0.1",
            status: 200,
            seen: "ListRolePolicies returned a list of more than 200 pages"
        )
        await #expect(throws: error) { _ = try await call(pages) { try await $0.policyNames(of: "audit") } }
    }

    @Test func `a new role is encoded as IAM requires`() async throws {
        let role = NewRole(
            name: "audit",
            trustDocument: "{ \"a+b\": \"é€😀\" }",
            maxSession: .seconds(3600),
            tags: ["b": "2 3", "a": ""]
        )
        let (_, requests) = try await call([Self.document("CreateRole", Self.role)]) {
            try await $0.createRole(role)
        }
        let body = try #require(requests.first?.body)
        #expect(
            body == "Action=CreateRole&Version=2010-05-08&RoleName=audit&Path=%2F"
                + "&AssumeRolePolicyDocument=%7B%20%22a%2Bb%22%3A%20%22%C3%A9%5Cu20ac%5Cud83d%5Cude00%22%20%7D"
                + "&MaxSessionDuration=3600&Tags.member.1.Key=a&Tags.member.1.Value="
                + "&Tags.member.2.Key=b&Tags.member.2.Value=2%203"
        )
    }

    @Test func `an empty list is sent as an empty parameter`() async throws {
        let reply = Self.document(
            "CreateOpenIDConnectProvider",
            "<OpenIDConnectProviderArn>arn:aws:iam::1:oidc-provider/x/</OpenIDConnectProviderArn>"
        )
        let (arn, requests) = try await call([reply]) {
            try await $0.createProvider(url: "https://x/", clientIDs: [])
        }
        #expect(arn == "arn:aws:iam::1:oidc-provider/x/")
        #expect(requests.first?.body.hasSuffix("Url=https%3A%2F%2Fx%2F&ClientIDList=") == true)
    }

    @Test func `a refusal has its code and the request ID`() async throws {
        let reply = """
            <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>\
            <Code>NoSuchEntity</Code><Message>The role with name audit cannot be found.</Message></Error>\
            <RequestId>r</RequestId></ErrorResponse>
            """
        let error = await #expect(throws: CloudError.self) {
            _ = try await call([reply], status: 404) { try await $0.role("audit") }
        }
        #expect(error?.isMissingEntity == true && error?.failure.requestID == "request-1")
    }

    /// The endpoint table of IAM, with signing regions.
    @Test(
        arguments: [
            (.aws, [], "iam.amazonaws.com", "us-east-1"),
            (.aws, .dualStack, "iam.global.api.aws", "us-east-1"),
            (.aws, .fips, "iam-fips.amazonaws.com", "us-east-1"),
            (.aws, [.fips, .dualStack], "iam-fips.global.api.aws", "us-east-1"),
            (.china, [], "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (.china, .dualStack, "iam.global.api.amazonwebservices.com.cn", "cn-north-1"),
            (.usGov, [], "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            (.usGov, .fips, "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            (.usGov, .dualStack, "iam.us-gov.api.aws", "us-gov-west-1"),
            (.europeanSovereign, [], "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            (.iso, [], "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            (.isoB, .fips, "iam-fips.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ] as [(AWSPartition, AWSEndpoint.Variant, String, String)]
    )
    func `IAM's endpoint in each partition matches AWS's documentation`(
        _ partition: AWSPartition,
        _ variant: AWSEndpoint.Variant,
        _ host: String,
        _ region: String
    ) throws {
        let endpoint = try AWSEndpoint.iam(partition: partition, variant: variant)
        #expect(endpoint.url.absoluteString == "https://\(host)/" && endpoint.signingRegion == region)
    }
}
