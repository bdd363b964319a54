import Federation
import FoundationEssentials

/// The AWS service that the path or host of a request selects.
enum AWSService: Hashable, Sendable {
    /// The Security Token Service (STS) of a region, or the global service (`aws-global`).
    ///
    /// If `region` is `nil`, the endpoint serves all regions, because clients with a custom endpoint sign for their own
    /// region.
    case sts(region: String?)
    /// Identity and Access Management; clients with a custom endpoint sign for their own region instead of us-east-1.
    case iam

    /// The service name in the credential scope of a signature.
    var signingName: String {
        switch self {
        case .sts: "sts"
        case .iam: "iam"
        }
    }

    /// Whether the credential scope may contain this region; the global endpoint accepts only us-east-1.
    func accepts(signingRegion: String) -> Bool {
        switch self {
        case .sts(nil), .iam: AWSPartition(region: signingRegion) != nil
        case .sts("aws-global"): signingRegion == "us-east-1"
        case .sts(let region): signingRegion == region
        }
    }

    /// The API version, which every request must specify.
    var version: String {
        switch self {
        case .sts: "2011-06-15"
        case .iam: "2010-05-08"
        }
    }

    /// The XML namespace of responses.
    var namespace: String {
        "https://\(signingName).amazonaws.com/doc/\(version)/"
    }
}

/// The keys that an issuer publishes at its `jwks_uri`.
struct TrustedIssuerKeys: Sendable {
    let issuer: String
    /// The JSON Web Key Set, exactly as published.
    let jwks: Data
}

extension AWSService {
    /// Creates the service for an AWS host name, ignoring the port; `nil` for other host names.
    ///
    /// The first label must be `sts`, `sts-fips`, `iam`, or `iam-fips`, and the suffix must be a partition's DNS
    /// suffix. For STS, the second label is the region; without a region, the host is the global endpoint.
    init?(host: String) {
        let name = host.prefix { $0 != ":" }.lowercased()
        let isAWS = AWSPartition.allCases.contains { partition in
            name.hasSuffix(".\(partition.dnsSuffix)") || name.hasSuffix(".\(partition.dualStackSuffix)")
        }
        let labels = name.split(separator: ".").map(String.init)
        guard isAWS, labels.count > 1 else { return nil }
        switch labels[0] {
        case "iam", "iam-fips":
            self = .iam
        case "sts", "sts-fips":
            self = .sts(region: AWSPartition(region: labels[1]) == nil ? "aws-global" : labels[1])
        default:
            return nil
        }
    }
}
