package import Federation
import Foundation

/// The environment of a child that acts with session credentials.
package enum ChildEnvironment {
    /// Variables that would make an AWS tool prefer other credentials to ours.
    private static let removed = [
        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_SECURITY_TOKEN",
    ]

    /// `parent` with the credentials in it and nothing that competes with them.
    package static func variables(
        for credentials: SessionCredentials,
        region: String,
        parent: [String: String]
    ) -> [String: String] {
        var variables = parent.filter { !removed.contains($0.key) }
        variables["AWS_ACCESS_KEY_ID"] = credentials.accessKeyID
        variables["AWS_SECRET_ACCESS_KEY"] = credentials.secretAccessKey.reveal()
        variables["AWS_SESSION_TOKEN"] = credentials.sessionToken.reveal()
        variables["AWS_CREDENTIAL_EXPIRATION"] = credentials.expiration.utcText
        variables["AWS_REGION"] = region
        variables["AWS_DEFAULT_REGION"] = region
        return variables
    }
}
