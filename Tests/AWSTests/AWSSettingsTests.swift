import Federation
import Foundation
import TestSupport
import Testing

@testable import AWS

@Suite(.limited) struct AWSSettingsTests {
    static let profiles = AWSProfiles(
        config: Secret(
            """
            [default]
            use_fips_endpoint = true
            endpoint_url = https://all.example/
            [profile lab]
            services = lab
            endpoint_url = https://rest.example/
            use_dualstack_endpoint = TRUE
            [profile clear]
            endpoint_url = http://sts.example/
            [profile off]
            endpoint_url = https://off.example/
            ignore_configured_endpoint_urls = true
            [services lab]
            sts =
              endpoint_url = http://127.0.0.1:2/
            """
        )
    )

    private func settings(_ variables: [String: String], profile: String? = nil) -> AWSSettings {
        AWSSettings(variables: variables, profiles: Self.profiles, profile: profile)
    }

    /// AWS's precedence: the service's variable, the general variable, the profile's services, the profile.
    @Test(
        arguments: [
            (
                ["AWS_ENDPOINT_URL_STS": "https://one.example/", "AWS_ENDPOINT_URL": "https://two.example/"],
                "https://one.example/"
            ),
            (["AWS_ENDPOINT_URL": "https://two.example/", "AWS_PROFILE": "lab"], "https://two.example/"),
            (["AWS_PROFILE": "lab"], "http://127.0.0.1:2/"),
            ([:], "https://all.example/"),
            (
                ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "https://two.example/"],
                nil
            ),
            (["AWS_PROFILE": "off"], nil),
            (["AWS_PROFILE": "absent"], nil),
        ] as [([String: String], String?)]
    )
    func `STS's endpoint is the first one that is set, in AWS's order`(
        _ variables: [String: String],
        _ address: String?
    ) throws {
        #expect(try settings(variables).address(of: .sts)?.absoluteString == address)
    }

    @Test func `IAM's endpoint is read from the setup profile`() throws {
        #expect(
            try settings([:], profile: "lab").address(of: .iam)?.absoluteString == "https://rest.example/"
        )
        #expect(try settings([:], profile: "lab").address(of: .sts)?.absoluteString == "https://all.example/")
    }

    @Test func `plain HTTP to another machine is refused`() {
        #expect(throws: AWSEndpointError.unusableAddress("http://sts.example/")) {
            try settings(["AWS_PROFILE": "clear"]).address(of: .sts)
        }
    }

    @Test func `variables have precedence over the profile for FIPS and dual stack`() {
        #expect(settings([:]).variant == .fips)
        #expect(settings(["AWS_USE_FIPS_ENDPOINT": "false"]).variant == [])
        #expect(
            settings(["AWS_PROFILE": "lab", "AWS_USE_FIPS_ENDPOINT": "true"]).variant == [.fips, .dualStack]
        )
    }
}
