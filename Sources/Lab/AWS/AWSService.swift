import Foundation

/// Which of AWS's services a request is for, as its path or host said.
enum AWSService: Hashable, Sendable {
    /// The Security Token Service of a region; the global endpoint without one.
    case sts(region: String?)
    case iam

    /// The service's name in a signature's scope.
    var signingName: String {
        switch self {
        case .sts: "sts"
        case .iam: "iam"
        }
    }

    /// The region that a signature's scope must name; the global endpoints take us-east-1 only.
    var signingRegion: String {
        switch self {
        case .sts(let region): region ?? "us-east-1"
        case .iam: "us-east-1"
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
struct IssuerKeys: Sendable {
    let issuer: String
    /// The JSON Web Key Set as published.
    let jwks: Data
}
