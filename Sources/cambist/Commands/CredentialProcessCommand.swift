import ArgumentParser
import CredentialDelivery
import Federation
import Operations

/// `cambist credential-process`: prints credentials in the format of the AWS setting `credential_process`.
struct CredentialProcessCommand: AsyncParsableCommand {
    static let name = "credential-process"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Print a mapping's credentials for credential_process in ~/.aws/config.",
        discussion: HelpText(
            """
            Credentials are cached in the kernel's keyring. The token is exchanged again when the cached \
            credentials expire in less than 16 minutes or, for sessions shorter than 32 minutes, in less than half of \
            the session's duration. Concurrent calls for one mapping share one exchange.
            """,
            statuses: [
                .done: "the credentials were printed",
                .no: "the exchange was refused",
                .unreachable: "no token source, or a service is unreachable",
                .tryAgain: HelpText.tryAgain,
                .notPermitted: "a file cannot be read or written, or stdout cannot be written",
            ],
            examples: [
                "cambist config aws-profile audit >> ~/.aws/config",
                "aws --profile audit sts get-caller-identity",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String

    func run() async throws {
        try await CredentialProcess(mapping: mapping, options: options.context).run()
    }
}

/// The implementation of `credential-process`.
///
/// AWS tools run the command at each start, so a cache hit must be fast. For a cache hit, the command reads only the
/// configuration and the keyring, starts no thread, and opens no connection.
struct CredentialProcess {
    let mapping: RoleMapping.ID
    let options: ContextOptions

    init(mapping: RoleMapping.ID, options: ContextOptions) {
        self.mapping = mapping
        self.options = options
    }

    /// Creates the command for the arguments `credential-process MAPPING [--config FILE]`; `nil` for every other form.
    ///
    /// Profiles in `~/.aws/config` use this form.
    ///
    /// - Parameter arguments: The arguments after the program's name.
    init?(_ arguments: some Collection<String>) {
        guard let words = MappingArguments(arguments, of: CredentialProcessCommand.name) else { return nil }
        self.init(mapping: words.mapping, options: .process(configurationPath: words.configurationPath))
    }

    /// Prints cached credentials; without cached credentials, performs an exchange and prints the new credentials.
    ///
    /// - Throws: ``CommandFailure`` if there are no credentials.
    nonisolated(nonsending) func run() async throws {
        var provider = try CachedCredentialProvider(of: mapping, options)
        if let credentials = provider.cached() { return try print(credentials, of: provider.mapping) }
        let mapping = provider.mapping
        try await provider.exchange(progress: Progress.exchange(of: mapping.id, options)) {
            try print($0, of: mapping)
        }
    }

    private func print(_ credentials: SessionCredentials, of mapping: RoleMapping) throws {
        try Report.answer(line: ProcessDocument(credentials, account: mapping.roleARN.account))
    }
}
