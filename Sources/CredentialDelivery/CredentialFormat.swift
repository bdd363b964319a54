package import Federation

/// A text format in which credentials are written for other programs.
package enum CredentialFormat: String, CaseIterable, Hashable, Sendable {
    /// `export NAME=value` lines for POSIX shells.
    case env
    case fish
    case powershell

    /// Formats the variables, one per line.
    ///
    /// - Throws: ``UnprintableMember`` if a value contains a character that could end its line early.
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
