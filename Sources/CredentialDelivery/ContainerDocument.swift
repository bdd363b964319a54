import Federation
import Foundation

/// What the container-credentials endpoint answers.
///
/// Source: AWS SDKs and Tools reference guide, container credential provider; the session token is `Token` here.
struct ContainerDocument: Encodable {
    private let credentials: SessionCredentials
    private let roleARN: RoleARN

    enum CodingKeys: String, CodingKey {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
        case roleARN = "RoleArn"
        case accountID = "AccountId"
    }

    init(_ credentials: SessionCredentials, roleARN: RoleARN) {
        self.credentials = credentials
        self.roleARN = roleARN
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(credentials.accessKeyID, forKey: .accessKeyID)
        try container.encode(credentials.secretAccessKey.reveal(), forKey: .secretAccessKey)
        try container.encode(credentials.sessionToken.reveal(), forKey: .token)
        try container.encode(credentials.expiration.utcText, forKey: .expiration)
        try container.encode(roleARN.description, forKey: .roleARN)
        try container.encode(roleARN.account, forKey: .accountID)
    }
}
