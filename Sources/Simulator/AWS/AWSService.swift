import Federation
import Foundation

/// The AWS service that a request's path or host names.
enum AWSService: Hashable, Sendable {
    /// The Security Token Service of a region, or the global one (`aws-global`).
    ///
    /// Without a region it serves all: clients with one endpoint for every region sign for their own.
    case sts(region: String?)
    /// Clients with an endpoint for IAM also sign for their own region, not for us-east-1.
    case iam

    /// The service's name in a signature's scope.
    var signingName: String {
        switch self {
        case .sts: "sts"
        case .iam: "iam"
        }
    }

    /// Whether a signature's scope may name that region; the global endpoint accepts us-east-1 only.
    func accepts(signingRegion: String) -> Bool {
        switch self {
        case .sts(nil), .iam: AWSPartition(region: signingRegion) != nil
        case .sts("aws-global"): signingRegion == "us-east-1"
        case .sts(let region): signingRegion == region
        }
    }

    /// The API version, which every request names.
    var version: String {
        switch self {
        case .sts: "2011-06-15"
        case .iam: "2010-05-08"
        }
    }

    /// The XML namespace of its answers.
    var namespace: String {
        "https://\(signingName).amazonaws.com/doc/\(version)/"
    }
}

/// The keys that an issuer publishes at its `jwks_uri`.
struct TrustedIssuerKeys: Sendable {
    let issuer: String
    /// The JSON Web Key Set as published.
    let jwks: Data
}

extension AWSService {
    /// The service of one of AWS's own host names, ignoring a port; `nil` for any other name.
    ///
    /// Known are `sts.REGION.SUFFIX`, `sts-fips.REGION.SUFFIX`, `sts.SUFFIX` and `iam….SUFFIX`, with the
    /// suffixes of every partition.
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
