/// The paths of the configuration file and of the state directory.
package struct ConfigurationLocation: Hashable, Sendable {
    /// The configuration file.
    package let file: String
    /// Whether an option or a variable names the file, which must exist then.
    package let isNamed: Bool
    /// The directory of history, logs and locks.
    package let stateDirectory: String

    /// Finds both by the XDG rules.
    ///
    /// `named` (the option `--config`) wins, then `CAMBIST_CONFIG`, then `$XDG_CONFIG_HOME/cambist/config.yaml`,
    /// then the same below `~/.config`. The XDG variables count only when they hold an absolute path.
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
