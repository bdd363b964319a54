package import Federation
import Foundation

/// A form in which credentials are written for another program.
package enum CredentialFormat: String, CaseIterable, Hashable, Sendable {
    /// `export NAME=value` lines for POSIX shells.
    case env
    case fish
    case powershell

    /// The lines, each with a line end.
    package func text(of credentials: SessionCredentials, region: String) -> String {
        Self.variables(of: credentials, region: region).map { line($0.name, $0.value) + "\n" }.joined()
    }

    /// The variables that AWS's tools read, in the order they are written.
    package static func variables(
        of credentials: SessionCredentials,
        region: String
    ) -> [(name: String, value: String)] {
        [
            ("AWS_ACCESS_KEY_ID", credentials.accessKeyID),
            ("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey.reveal()),
            ("AWS_SESSION_TOKEN", credentials.sessionToken.reveal()),
            ("AWS_CREDENTIAL_EXPIRATION", credentials.expiration.utcText),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
        ]
    }

    private func line(_ name: String, _ value: String) -> String {
        switch self {
        case .env: "export \(name)=\(ShellWord.posix(value))"
        case .fish: "set -gx \(name) \(ShellWord.fish(value));"
        case .powershell: "$Env:\(name) = \(ShellWord.powershell(value))"
        }
    }
}
