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
    /// The outcome of STS's connection to the issuer.
    var connection = AWSSetup.Provider.Connection.trusted

    /// The issuer of the tokens that it accepts.
    var issuer: String { "https://" + url }

    /// The ARN of the provider for an issuer.
    static func arn(account: String, issuer: String) -> String {
        OIDCProvider.arn(forIssuer: issuer, account: account, partition: "aws")
    }
}

/// A role as IAM stores it.
struct IAMRole: Sendable {
    /// `AROA` and seventeen characters; a recreated role has another.
    let id: String
    let name: String
    let path: String
    let arn: String
    let created: Date
    /// The trust policy's JSON, as written.
    var trustDocument: String
    var description: String?
    /// Seconds, 3600 … 43200.
    var maxSessionDuration: Int
    var permissionsBoundary: String?
    var tags: [IAMTag]
    /// Documents by name.
    var inlinePolicies: [String: String]
    /// ARNs, in the order of attachment.
    var attachedPolicies: [String]
    var isDeniedByOrganization = false

    /// The parsed trust policy; `nil` for a document of the setup that IAM would refuse.
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

/// An IAM user, the owner of a long-term access key.
struct IAMUser: Sendable {
    let arn: String
    /// `AIDA` and seventeen characters.
    let id: String
    let secretAccessKey: Secret
    let policies: [String]
}

/// AWS's unique identifiers: a prefix for the kind of entity, then letters and digits.
///
/// Source: IAM user guide, unique identifiers.
enum UniqueID {
    /// A role's: `AROA` and seventeen more.
    static func role(_ seed: Seed, _ name: String) -> String {
        "AROA" + seed.text("role \(name)", count: 17, from: base32)
    }

    /// A user's: `AIDA` and seventeen more.
    static func user(_ seed: Seed, _ name: String) -> String {
        "AIDA" + seed.text("user \(name)", count: 17, from: base32)
    }

    /// A managed policy's, the same in every lab: `ANPA` and seventeen more.
    static func managedPolicy(_ name: String) -> String {
        "ANPA" + Seed(value: 0).text("policy \(name)", count: 17, from: base32)
    }

    /// A session's access key: `ASIA` and sixteen more.
    static func sessionKey(_ seed: Seed, _ name: String) -> String {
        "ASIA" + seed.text("key \(name)", count: 16, from: base32)
    }

    /// Forty characters of a secret access key.
    static func secretKey(_ seed: Seed, _ name: String) -> String {
        seed.text("secret \(name) 1", count: 20, from: base64)
            + seed.text("secret \(name) 2", count: 20, from: base64)
    }

    private static let base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    private static let base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
}
