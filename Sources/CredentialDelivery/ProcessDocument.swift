package import Federation
import Foundation

/// What a `credential_process` prints, version 1.
///
/// Source: AWS SDKs and Tools reference guide, process credential provider.
package struct ProcessDocument: Encodable, Sendable {
    private let credentials: SessionCredentials
    private let account: String

    enum CodingKeys: String, CodingKey {
        case version = "Version"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
        case accountID = "AccountId"
    }

    package init(_ credentials: SessionCredentials, account: String) {
        self.credentials = credentials
        self.account = account
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(1, forKey: .version)
        try container.encode(credentials.accessKeyID, forKey: .accessKeyID)
        try container.encode(credentials.secretAccessKey.reveal(), forKey: .secretAccessKey)
        try container.encode(credentials.sessionToken.reveal(), forKey: .sessionToken)
        try container.encode(credentials.expiration.utcText, forKey: .expiration)
        try container.encode(account, forKey: .accountID)
    }
}
