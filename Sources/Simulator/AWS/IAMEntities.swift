import Federation
import FoundationEssentials
import TrustPolicy

/// An OIDC provider as IAM stores it.
struct IAMProvider: Sendable {
    /// The URL without `https://`, as in IAM's responses, the ARN, and condition keys.
    let url: String
    let arn: String
    let created: Date
    var clientIDs: [String]
    var thumbprints: [String]
    var tags: [IAMTag]
    /// The outcome of STS's connection to the issuer.
    var connection = AWSSetup.Provider.Connection.trusted

    /// The issuer of the tokens that the provider accepts.
    var issuer: String { "https://" + url }

    /// Returns the ARN of the provider for an issuer.
    static func arn(account: String, issuer: String) -> String {
        OIDCProvider.arn(forIssuer: issuer, account: account, partition: "aws")
    }
}

/// A role as IAM stores it.
struct IAMRole: Sendable {
    /// `AROA` and seventeen characters; a recreated role has a different ID.
    let id: String
    let name: String
    let path: String
    let arn: String
    let created: Date
    /// The trust policy as JSON, exactly as written.
    var trustDocument: String
    var description: String?
    /// The maximum session duration in seconds, 3600 to 43200.
    var maxSessionDuration: Int
    var permissionsBoundary: String?
    var tags: [IAMTag]
    /// The inline policy documents, by name.
    var inlinePolicies: [String: String]
    /// The ARNs of attached policies, in order of attachment.
    var attachedPolicies: [String]
    var isDeniedByOrganization = false

    /// The parsed trust policy; `nil` for an invalid document in the lab's initial state.
    var trust: TrustPolicy? {
        try? TrustPolicy(parsing: trustDocument, quota: nil)
    }

    /// Returns the ARN of a role; the path must begin and end with a slash.
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

/// Unique IDs, access key IDs, and secret access keys in the formats of AWS.
///
/// Source: IAM user guide, unique identifiers.
enum UniqueID {
    /// Returns the unique ID of a role: `AROA` and seventeen characters.
    static func role(_ seed: Seed, _ name: String) -> String {
        "AROA" + seed.text("role \(name)", count: 17, from: base32)
    }

    /// Returns the unique ID of a user: `AIDA` and seventeen characters.
    static func user(_ seed: Seed, _ name: String) -> String {
        "AIDA" + seed.text("user \(name)", count: 17, from: base32)
    }

    /// Returns the unique ID of a managed policy: `ANPA` and seventeen characters, the same in every lab.
    static func managedPolicy(_ name: String) -> String {
        "ANPA" + Seed(value: 0).text("policy \(name)", count: 17, from: base32)
    }

    /// Returns the access key ID of a session: `ASIA` and sixteen characters.
    static func sessionKey(_ seed: Seed, _ name: String) -> String {
        "ASIA" + seed.text("key \(name)", count: 16, from: base32)
    }

    /// Returns the secret access key of a session: forty characters.
    ///
    /// The beginning is fixed, so that tests can search files for secret access keys.
    static func secretKey(_ seed: Seed, _ name: String) -> String {
        "LabSessionSecret" + seed.text("secret \(name)", count: 24, from: base64)
    }

    private static let base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    private static let base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
}
