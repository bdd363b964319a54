import Federation
import Foundation

/// Which of AWS's services a request is for, as its path or host said.
enum AWSService: Hashable, Sendable {
    /// The Security Token Service of a region, or the global one (`aws-global`).
    ///
    /// Without a region it stands for all: clients that are given one address for every region sign for theirs.
    case sts(region: String?)
    /// Clients that are given an address for IAM sign for their own region too, not for us-east-1.
    case iam

    /// The service's name in a signature's scope.
    var signingName: String {
        switch self {
        case .sts: "sts"
        case .iam: "iam"
        }
    }

    /// Whether a signature's scope may name that region; the global endpoint takes us-east-1 only.
    func accepts(signingRegion: String) -> Bool {
        switch self {
        case .sts(nil), .iam: AWSPartition(region: signingRegion) != nil
        case .sts("aws-global"): signingRegion == "us-east-1"
        case .sts(let region): signingRegion == region
        }
    }

    /// The version of its interface, which every request names.
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
