package import Federation

/// What AssumeRoleWithWebIdentity gives.
package struct AssumedRole: Hashable, Sendable {
    package let credentials: SessionCredentials
    /// The token's `sub` as STS read it.
    package let subject: String?
    /// The audience as STS read it.
    package let audience: String?
    /// The issuer or the provider's ARN; STS is documented to give the one and seen to give the other.
    package let provider: String?
    /// The role's id, `AROA…`.
    package let roleID: String?
    /// How much of the space for session policies is used, in per cent.
    package let packedPolicySize: Int?
}

/// What GetCallerIdentity gives.
package struct CallerIdentity: Hashable, Sendable {
    package let arn: String
    package let userID: String
    package let account: String
}

/// The XML of the operations that assume a role; all but the credentials and the ARN may be missing.
struct AssumedRoleElement: Decodable {
    struct Credentials: Decodable {
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String
        let expiration: String

        enum CodingKeys: String, CodingKey {
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case sessionToken = "SessionToken"
            case expiration = "Expiration"
        }
    }

    struct User: Decodable {
        let arn: String
        /// `AROA…:SESSION`; Ceph writes its name otherwise.
        let id: String?
        let cephID: String?

        enum CodingKeys: String, CodingKey {
            case arn = "Arn"
            case id = "AssumedRoleId"
            case cephID = "AssumeRoleId"
        }
    }

    let credentials: Credentials
    let user: User
    let subject: String?
    let audience: String?
    let provider: String?
    let packedPolicySize: Int?

    enum CodingKeys: String, CodingKey {
        case credentials = "Credentials"
        case user = "AssumedRoleUser"
        case subject = "SubjectFromWebIdentityToken"
        case audience = "Audience"
        case provider = "Provider"
        case packedPolicySize = "PackedPolicySize"
    }
}

/// The XML of GetCallerIdentity.
struct CallerElement: Decodable {
    let arn: String
    let userID: String
    let account: String

    enum CodingKeys: String, CodingKey {
        case arn = "Arn"
        case userID = "UserId"
        case account = "Account"
    }
}
