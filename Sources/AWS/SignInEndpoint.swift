import Federation
package import Foundation

/// Where credentials of a role session are turned into a browser's session of the AWS console.
///
/// Source: AWS IAM user guide, custom identity broker access to the AWS console.
package struct SignInEndpoint: Hashable, Sendable {
    /// The federation endpoint: asked for a token by us, then opened by the browser.
    package let federation: URL
    /// The page of the console that the browser is sent on to.
    package let console: URL

    /// The endpoint of a region; `override` is the base of one that stands at an address of its own.
    ///
    /// - Throws: ``SignInError/unknownRegion(_:)`` for a region of no partition whose console is known.
    package init(region: String, override: URL? = nil) throws(SignInError) {
        let region = region == "aws-global" ? AWSPartition.aws.implicitRegion : region
        guard let partition = AWSPartition(region: region), let hosts = Self.hosts(partition, region),
            let base = override ?? URL(string: "https://\(hosts.signIn)/"),
            let console = URL(string: "https://\(hosts.console)/console/home?region=\(region)")
        else { throw .unknownRegion(region) }
        federation = base.appending(path: "federation")
        self.console = console
    }

    private static func hosts(
        _ partition: AWSPartition,
        _ region: String
    ) -> (signIn: String, console: String)? {
        switch partition {
        case .aws: ("\(region).signin.aws.amazon.com", "\(region).console.aws.amazon.com")
        case .china: ("signin.amazonaws.cn", "console.amazonaws.cn")
        case .usGov: ("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com")
        case .europeanSovereign, .iso, .isoB, .isoE, .isoF: nil
        }
    }
}
