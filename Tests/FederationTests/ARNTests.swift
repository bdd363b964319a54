import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct ARNTests {
    @Test(arguments: [
        "arn:aws:iam::111122223333:role/audit", "arn:aws:sns:eu-west-1:1:a:b:c",
        "arn:aws-cn:iam::111122223333:oidc-provider/sts.chinacloudapi.cn/t/",
    ])
    func `an ARN is written as it was parsed`(text: String) {
        #expect(ARN(text)?.description == text)
    }

    @Test(arguments: [
        "", "arn", "arn:aws:iam::1:", "arn::iam::1:x", "arn:aws:::1:x", "urn:aws:iam::1:x", "arn:aws:iam:1:x",
    ])
    func `a text without the six fields is not an ARN`(text: String) {
        #expect(ARN(text) == nil)
    }

    @Test func `a role's ARN has account, partition, and the name without the path`() throws {
        let role = try #require(RoleARN("arn:aws-us-gov:iam::111122223333:role/path/to/audit"))
        #expect(role.account == "111122223333")
        #expect(role.name == "audit")
        #expect(role.partition == .usGov)
        #expect(role.description == "arn:aws-us-gov:iam::111122223333:role/path/to/audit")
    }

    @Test(arguments: [
        "arn:aws:iam::111122223333:user/x", "arn:aws:iam::11112222333:role/x",
        "arn:aws:iam::11112222333x:role/x",
        "arn:aws:iam:eu-west-1:111122223333:role/x", "arn:aws:sts::111122223333:role/x",
        "arn:aws:iam::111122223333:role/", "arn:aws-moon:iam::111122223333:role/x",
        "arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:role/x",
    ])
    func `an ARN of another kind is not a role's ARN`(text: String) {
        #expect(RoleARN(text) == nil)
    }
}

@Suite(.computing) struct AWSPartitionTests {
    static let regions: [(region: String, partition: AWSPartition?)] = [
        ("eu-west-1", .aws), ("us-east-1", .aws), ("mx-central-1", .aws), ("us-gov-west-1", .usGov),
        ("cn-north-1", .china), ("eusc-de-east-1", .europeanSovereign), ("us-iso-east-1", .iso),
        ("us-isob-east-1", .isoB), ("eu-isoe-west-1", .isoE), ("us-isof-south-1", .isoF), ("moon-1", nil),
        ("", nil),
    ]

    @Test(arguments: regions)
    func `a region determines its partition`(region: String, partition: AWSPartition?) {
        #expect(AWSPartition(region: region) == partition)
    }

    static let suffixes: [(partition: AWSPartition, dns: String, dualStack: String)] = [
        (.aws, "amazonaws.com", "api.aws"), (.china, "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        (.usGov, "amazonaws.com", "api.aws"),
        (.europeanSovereign, "amazonaws.eu", "api.amazonwebservices.eu"),
        (.iso, "c2s.ic.gov", "api.aws.ic.gov"), (.isoB, "sc2s.sgov.gov", "api.aws.scloud"),
        (.isoE, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"), (.isoF, "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ]

    @Test(arguments: suffixes)
    func `a partition has its own domains`(partition: AWSPartition, dns: String, dualStack: String) {
        #expect(partition.dnsSuffix == dns)
        #expect(partition.dualStackSuffix == dualStack)
    }
}
