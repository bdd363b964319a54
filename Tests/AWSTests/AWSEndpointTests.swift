import Foundation
import TestSupport
import Testing

@testable import AWS

@Suite(.limited) struct AWSEndpointTests {
    struct Case: CustomTestStringConvertible {
        let region: String
        var variant: AWSEndpoint.Variant = []
        let url: String
        var signing: String?

        var testDescription: String { "\(region) \(variant.rawValue)" }
    }

    /// From AWS's table of STS endpoints.
    static let cases = [
        Case(region: "eu-west-1", url: "https://sts.eu-west-1.amazonaws.com/"),
        Case(region: "aws-global", url: "https://sts.amazonaws.com/", signing: "us-east-1"),
        Case(region: "us-east-2", variant: .fips, url: "https://sts-fips.us-east-2.amazonaws.com/"),
        Case(region: "us-gov-west-1", variant: .fips, url: "https://sts.us-gov-west-1.amazonaws.com/"),
        Case(region: "eu-west-1", variant: .dualStack, url: "https://sts.eu-west-1.api.aws/"),
        Case(
            region: "us-west-2",
            variant: [.fips, .dualStack],
            url: "https://sts-fips.us-west-2.api.aws/"
        ),
        Case(region: "cn-north-1", url: "https://sts.cn-north-1.amazonaws.com.cn/"),
        Case(
            region: "cn-north-1",
            variant: .dualStack,
            url: "https://sts.cn-north-1.api.amazonwebservices.com.cn/"
        ),
        Case(region: "eusc-de-east-1", url: "https://sts.eusc-de-east-1.amazonaws.eu/"),
        Case(region: "us-iso-east-1", url: "https://sts.us-iso-east-1.c2s.ic.gov/"),
        Case(region: "us-isob-east-1", url: "https://sts.us-isob-east-1.sc2s.sgov.gov/"),
    ]

    @Test(arguments: cases)
    func `a region's endpoint matches AWS's documentation`(_ example: Case) throws {
        let endpoint = try AWSEndpoint.sts(region: example.region, variant: example.variant)
        #expect(endpoint.url.absoluteString == example.url)
        #expect(endpoint.signingRegion == example.signing ?? example.region)
    }

    @Test func `a custom endpoint is used unchanged`() throws {
        let url = try #require(URL(string: "http://127.0.0.1:4566/sts"))
        let endpoint = try AWSEndpoint.sts(region: "eu-west-1", override: url)
        #expect(endpoint == AWSEndpoint(url: url, signingRegion: "eu-west-1"))
    }

    @Test func `a custom endpoint with FIPS is refused`() throws {
        let url = try #require(URL(string: "http://127.0.0.1:4566/"))
        #expect(throws: AWSEndpointError.overrideWithVariant) {
            try AWSEndpoint.sts(region: "eu-west-1", variant: .fips, override: url)
        }
    }

    @Test(arguments: ["", "europe", "moon-1"])
    func `an unknown region is refused`(_ region: String) {
        #expect(throws: AWSEndpointError.unknownRegion(region)) { try AWSEndpoint.sts(region: region) }
    }
}
