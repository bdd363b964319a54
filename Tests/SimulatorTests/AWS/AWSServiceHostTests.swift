import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

@Suite(.limited) struct AWSServiceHostTests {
    @Test(
        arguments: [
            ("sts.eu-west-1.amazonaws.com", .sts(region: "eu-west-1")),
            ("STS.eu-west-1.amazonaws.com:8080", .sts(region: "eu-west-1")),
            ("sts-fips.us-east-1.amazonaws.com", .sts(region: "us-east-1")),
            ("sts.eu-west-1.api.aws", .sts(region: "eu-west-1")),
            ("sts.cn-north-1.amazonaws.com.cn", .sts(region: "cn-north-1")),
            ("sts.amazonaws.com", .sts(region: "aws-global")),
            ("iam.amazonaws.com", .iam),
            ("iam.global.api.aws", .iam),
            ("iam.cn-north-1.amazonaws.com.cn", .iam),
        ] as [(String, AWSService)]
    )
    func `each of AWS's host names selects its service`(_ host: String, _ service: AWSService) {
        #expect(AWSService(host: host) == service)
    }

    @Test(arguments: [
        "127.0.0.1:8080", "localhost", "amazonaws.com", "s3.amazonaws.com", "sts.example.com", "",
    ])
    func `any other host selects no service`(_ host: String) {
        #expect(AWSService(host: host) == nil)
    }

    @Test func `a request to a region's host is answered by that region's STS`() async throws {
        try await LabClient.with { client in
            let response = try await client.send(
                .post,
                "/",
                headers: [
                    "Host": "sts.eu-west-1.amazonaws.com",
                    "Content-Type": "application/x-www-form-urlencoded",
                ],
                body: "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
            )
            #expect(response.status == 400)
            #expect(String(decoding: response.body, as: UTF8.self).contains("<Code>ValidationError</Code>"))
        }
    }
}
