import Foundation

/// What of this host decides where tokens come from.
package struct SourceEnvironment: Sendable {
    /// The process's environment variables.
    package let variables: [String: String]
    /// The only directory whose files the Arc agent may name as its key.
    package let arcKeyDirectory: String
    /// Whether a file exists; asked for the programs of the Arc agent and of the Azure CLI.
    package let fileExists: @Sendable (String) -> Bool

    package init(
        variables: [String: String],
        arcKeyDirectory: String = "/var/opt/azcmagent/tokens",
        fileExists: @escaping @Sendable (String) -> Bool
    ) {
        self.variables = variables
        self.arcKeyDirectory = arcKeyDirectory
        self.fileExists = fileExists
    }

    /// This machine, with the variables that the process was started with.
    package static func machine(variables: [String: String]) -> SourceEnvironment {
        SourceEnvironment(variables: variables) { FileManager.default.fileExists(atPath: $0) }
    }

    /// The names of the variables that are set and that one source or another reads, secrets among them.
    var announcements: [String] {
        Self.names.filter { value($0) != nil }
    }

    /// Whether a program is there: at its path, or in one of the directories of `PATH`.
    func hasProgram(_ name: String) -> Bool {
        if name.contains("/") { return fileExists(name) }
        return (value("PATH") ?? "").split(separator: ":").contains { fileExists("\($0)/\(name)") }
    }

    /// A variable's value; a variable that is set to nothing counts as absent.
    func value(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What Microsoft's libraries and hosts say by variables.
    private static let names = [
        "AZURE_AUTHORITY_HOST", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST", "AZURE_TENANT_ID", "DEFAULT_IDENTITY_CLIENT_ID",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET",
        "WEBSITE_DISABLE_MSI",
    ]
}
