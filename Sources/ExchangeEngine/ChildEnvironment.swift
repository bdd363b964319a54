package import Federation

/// The environment of a child process that uses session credentials.
package enum ChildEnvironment {
    /// The variables that would make AWS tools use other credentials.
    package static let removed: Set = [
        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_SECURITY_TOKEN",
    ]

    /// Returns the variables that contain the credentials.
    ///
    /// - Throws: ``UnprintableMember`` if a value contains a character that could end the variable early.
    package static func variables(
        for credentials: SessionCredentials,
        region: String
    ) throws(UnprintableMember) -> [String: String] {
        let variables = try CredentialVariables(credentials).environment(region: region)
        return Dictionary(variables.map { ($0.name, $0.value) }) { $1 }
    }

    /// Returns `parent` with the credentials added and conflicting variables removed.
    ///
    /// - Throws: ``UnprintableMember`` if a value contains a character that could end the variable early.
    package static func variables(
        for credentials: SessionCredentials,
        region: String,
        parent: [String: String]
    ) throws(UnprintableMember) -> [String: String] {
        let own = try variables(for: credentials, region: region)
        return parent.filter { !removed.contains($0.key) }.merging(own) { $1 }
    }
}
