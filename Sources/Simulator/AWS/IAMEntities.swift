import Federation
import Foundation
import TrustPolicy

/// An OIDC provider as IAM stores it.
struct IAMProvider: Sendable {
    /// Without `https://`, as IAM shows it and as ARN and condition keys have it.
    let url: String
    let arn: String
    let created: Date
    var clientIDs: [String]
    var thumbprints: [String]
    var tags: [IAMTag]
    /// How STS fares with the issuer.
    var connection = AWSSetup.Provider.Connection.trusted

    /// The issuer whose tokens it stands for.
    var issuer: String { "https://" + url }

    /// The ARN of the provider for an issuer.
    static func arn(account: String, issuer: String) -> String {
        OIDCProvider.arn(forIssuer: issuer, account: account, partition: "aws")
    }
}

/// A role as IAM stores it.
struct IAMRole: Sendable {
    /// `AROA` and seventeen more; another one when the role is made again.
    let id: String
    let name: String
    let path: String
    let arn: String
    let created: Date
    /// The trust policy's JSON, as it was written.
    var trustDocument: String
    var description: String?
    /// Seconds, 3600 … 43200.
    var maxSessionDuration: Int
    var permissionsBoundary: String?
    var tags: [IAMTag]
    /// Documents by name.
    var inlinePolicies: [String: String]
    /// ARNs, in the order they were attached.
    var attachedPolicies: [String]
    var isDeniedByOrganization = false

    /// The trust policy, read when it is asked; `nil` for a document of the setup that IAM would refuse.
    var trust: TrustPolicy? {
        try? TrustPolicy(parsing: trustDocument, quota: nil)
    }

    /// The ARN of a role; its path begins and ends with a slash.
    static func arn(account: String, path: String, name: String) -> String {
        "arn:aws:iam::\(account):role\(path)\(name)"
    }
}

/// A tag of a provider or a role.
struct IAMTag: Hashable, Sendable {
    let key: String
    let value: String
}

/// An IAM user, who exists in the lab for the sake of an access key.
struct IAMUser: Sendable {
    let arn: String
    /// `AIDA` and seventeen more.
    let id: String
    let secretAccessKey: Secret
    let policies: [String]
}
