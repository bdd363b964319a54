package import Federation

/// The output document of a `credential_process`, version 1.
///
/// Source: AWS SDKs and Tools reference guide, process credential provider.
package struct ProcessDocument: Encodable, Sendable {
    private let variables: CredentialVariables
    private let account: String

    private enum CodingKeys: String, CodingKey {
        case version = "Version"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
        case accountID = "AccountId"
    }

    /// - Throws: ``UnprintableMember`` if the credentials are malformed.
    package init(_ credentials: SessionCredentials, account: String) throws(UnprintableMember) {
        variables = try CredentialVariables(credentials)
        self.account = account
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(1, forKey: .version)
        try container.encode(variables.accessKeyID, forKey: .accessKeyID)
        try container.encode(variables.secretAccessKey, forKey: .secretAccessKey)
        try container.encode(variables.sessionToken, forKey: .sessionToken)
        try container.encode(variables.expiration, forKey: .expiration)
        try container.encode(account, forKey: .accountID)
    }
}

/// The response document of a container credentials endpoint.
///
/// Source: AWS SDKs and Tools reference guide, container credential provider, which calls the session token `Token`.
struct ContainerDocument: Encodable {
    private let variables: CredentialVariables
    private let roleARN: RoleARN

    private enum CodingKeys: String, CodingKey {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
        case roleARN = "RoleArn"
        case accountID = "AccountId"
    }

    /// - Throws: ``UnprintableMember`` if the credentials are malformed.
    init(_ credentials: SessionCredentials, roleARN: RoleARN) throws(UnprintableMember) {
        variables = try CredentialVariables(credentials)
        self.roleARN = roleARN
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(variables.accessKeyID, forKey: .accessKeyID)
        try container.encode(variables.secretAccessKey, forKey: .secretAccessKey)
        try container.encode(variables.sessionToken, forKey: .token)
        try container.encode(variables.expiration, forKey: .expiration)
        try container.encode(roleARN.description, forKey: .roleARN)
        try container.encode(roleARN.account, forKey: .accountID)
    }
}

/// A text format in which credentials are written for other programs.
package enum CredentialFormat: String, CaseIterable, Hashable, Sendable {
    /// `export NAME=value` lines for POSIX shells.
    case env
    case fish
    case powershell

    /// Formats the variables, one per line.
    ///
    /// - Throws: ``UnprintableMember`` if a value contains a character that could end the line early.
    package func text(
        of credentials: SessionCredentials,
        region: String
    ) throws(UnprintableMember) -> String {
        let variables = try CredentialVariables(credentials).environment(region: region)
        return variables.map { line($0.name, $0.value) + "\n" }.joined()
    }

    private func line(_ name: String, _ value: String) -> String {
        switch self {
        case .env: "export \(name)=\(ShellWord.posix(value))"
        case .fish: "set -gx \(name) \(ShellWord.fish(value));"
        case .powershell: "$Env:\(name) = \(ShellWord.powershell(value))"
        }
    }
}
