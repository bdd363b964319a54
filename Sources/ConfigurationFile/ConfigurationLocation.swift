/// The paths of the configuration file and of the state directory.
package struct ConfigurationLocation: Hashable, Sendable {
    /// The path of the configuration file.
    package let file: String
    /// Whether the path was specified by an option or an environment variable; the file must then exist.
    package let isNamed: Bool
    /// The directory for the history, logs, and locks.
    package let stateDirectory: String

    /// Determines both paths by the XDG rules.
    ///
    /// For the configuration file, the order of precedence is `named` (the option `--config`), `CAMBIST_CONFIG`,
    /// `$XDG_CONFIG_HOME/cambist/config.yaml`, and `~/.config/cambist/config.yaml`. XDG variables are ignored unless
    /// they contain an absolute path.
    ///
    /// Source: XDG Base Directory Specification 0.8.
    package init(named: String? = nil, environment: [String: String]) {
        func base(_ variable: String, _ fallback: String) -> String {
            if let path = environment[variable], path.hasPrefix("/") { return path }
            return (environment["HOME"] ?? "") + "/" + fallback
        }
        let variable = environment["CAMBIST_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        isNamed = named != nil || variable != nil
        file = named ?? variable ?? base("XDG_CONFIG_HOME", ".config") + "/cambist/config.yaml"
        stateDirectory = base("XDG_STATE_HOME", ".local/state") + "/cambist"
    }
}
