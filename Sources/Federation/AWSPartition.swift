/// An AWS partition: a group of regions with its own accounts, endpoints, and ARN prefix.
///
/// Source: botocore 1.43 `partitions.json` and `endpoints.json`.
package enum AWSPartition: String, CaseIterable, Hashable, Sendable {
    case aws
    case china = "aws-cn"
    case usGov = "aws-us-gov"
    case europeanSovereign = "aws-eusc"
    case iso = "aws-iso"
    case isoB = "aws-iso-b"
    case isoE = "aws-iso-e"
    case isoF = "aws-iso-f"

    /// The DNS suffix of endpoints, as in `sts.{region}.SUFFIX`.
    package var dnsSuffix: String {
        switch self {
        case .aws, .usGov: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .europeanSovereign: "amazonaws.eu"
        case .iso: "c2s.ic.gov"
        case .isoB: "sc2s.sgov.gov"
        case .isoE: "cloud.adc-e.uk"
        case .isoF: "csp.hci.ic.gov"
        }
    }

    /// The DNS suffix of dual-stack endpoints (IPv4 and IPv6).
    package var dualStackSuffix: String {
        switch self {
        case .aws, .usGov: "api.aws"
        case .china: "api.amazonwebservices.com.cn"
        case .europeanSovereign: "api.amazonwebservices.eu"
        case .iso: "api.aws.ic.gov"
        case .isoB: "api.aws.scloud"
        case .isoE: "api.cloud-aws.adc-e.uk"
        case .isoF: "api.aws.hci.ic.gov"
        }
    }

    /// The default region.
    package var implicitRegion: String {
        switch self {
        case .aws: "us-east-1"
        case .china: "cn-north-1"
        case .usGov: "us-gov-west-1"
        case .europeanSovereign: "eusc-de-east-1"
        case .iso: "us-iso-east-1"
        case .isoB: "us-isob-east-1"
        case .isoE: "eu-isoe-west-1"
        case .isoF: "us-isof-south-1"
        }
    }

    /// The region name with which SDKs select the global STS endpoint of the partition `aws`.
    package static let globalRegion = "aws-global"

    /// The prefixes of the partition's region names; a region is in the partition with the longest matching prefix.
    package var regionPrefixes: [String] {
        switch self {
        case .aws: ["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"]
        case .china: ["cn-"]
        case .usGov: ["us-gov-"]
        case .europeanSovereign: ["eusc-"]
        case .iso: ["us-iso-"]
        case .isoB: ["us-isob-"]
        case .isoE: ["eu-isoe-"]
        case .isoF: ["us-isof-"]
        }
    }

    /// The regions of the public partition that every account has; other regions must be enabled.
    ///
    /// Source: AWS Account Management reference guide, "Enable or disable AWS Regions in your account".
    private static let defaultRegions: Set<String> = [
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
        "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    ]

    /// Whether a region of the public partition must be enabled in an account before use.
    package static func isOptIn(region: String) -> Bool {
        AWSPartition(region: region) == .aws && !defaultRegions.contains(region)
    }

    /// The partition of a region; `nil` if the region name has an unknown prefix.
    package init?(region: String) {
        guard let found = Self.prefixes.first(where: { region.hasPrefix($0.prefix) }) else { return nil }
        self = found.partition
    }

    /// All prefixes of region names, the longest first.
    private static let prefixes = allCases.flatMap { partition in
        partition.regionPrefixes.map { (prefix: $0, partition: partition) }
    }.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
}
