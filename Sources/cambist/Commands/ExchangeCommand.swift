import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import FoundationEssentials
import Operations

/// `cambist exchange`: exchanges a token once and prints or stores the credentials.
struct ExchangeCommand: AsyncParsableCommand {
    static let name = "exchange"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Exchange a mapping's token once and print the credentials.",
        discussion: HelpText(
            """
            The credentials are secrets: redirect the output to a file that only you can read. With \
            --format credentials-file, nothing is printed: the command writes a profile to the shared \
            credentials file and leaves the other profiles unchanged.
            """,
            statuses: [
                .done: "the credentials were printed or written",
                .no: "the exchange was refused",
                .unreachable: "no token source, or a service is unreachable",
                .tryAgain: HelpText.tryAgain,
                .notPermitted: "a file cannot be read or written, or stdout cannot be written",
            ],
            examples: [
                "cambist exchange audit --json | jq -r .expiration",
                #"eval "$(cambist exchange audit --format env)""#,
                "cambist exchange audit --format fish | source",
                "cambist exchange audit --format powershell | Invoke-Expression",
                "cambist exchange audit --format credentials-file --profile audit",
            ]
        ).discussion
    )

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case json
        case env
        case fish
        case powershell
        case credentialsFile = "credentials-file"
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String

    @Option(help: "Output format.")
    var format: Format?

    @Flag(
        name: .shortAndLong,
        help: "Print one JSON object; the same as --format json (the default)."
    )
    var json = false

    @Option(help: "Profile that --format credentials-file writes (default: the mapping's name).")
    var profile: ProfileName?

    @Flag(
        help:
            """
            Accepted for compatibility; has no effect. `exchange` always requests a new token, but the token source \
            can return a token from its own cache.
            """
    )
    var force = false

    @Option(
        help: "Lifetime of the credentials, 15m to 12h (default: the mapping's duration).",
        transform: { try BoundedDurationOption(option: $0, in: .seconds(900)...(.seconds(43_200))) }
    )
    var duration: BoundedDurationOption?

    func validate() throws {
        if json, let format, format != .json {
            throw ValidationError("--json and --format \(format.rawValue) are mutually exclusive.")
        }
        if profile != nil, format != .credentialsFile {
            throw ValidationError("--profile requires --format credentials-file.")
        }
    }

    func run() async throws {
        try await ApplicationContext.with(options) { context in
            var mapping = try context.mapping(mapping)
            if let duration { mapping.duration = duration.value }
            let exchange = await Progress.waiting("\(mapping.id): exchanging…", options, time: context.time) {
                await context.engine.exchange(
                    mapping,
                    options: ExchangeOptions(forcesToken: force, verifies: false)
                )
            }
            let credentials: SessionCredentials
            do throws(CommandFailure) {
                credentials = try exchange.requireCredentials()
            } catch {
                throw try answered(error, of: mapping)
            }
            // The delivery comes first: the context stores the record of the exchange only when the context closes.
            try deliver(credentials, of: mapping)
        }
    }

    /// Prints the failure of an exchange if the format is JSON; returns the failure to throw.
    private func answered(_ failure: CommandFailure, of mapping: RoleMapping) throws -> CommandFailure {
        guard answersInJSON else { return failure }
        try Report.answer(
            ExchangeReport(
                mapping: mapping.id,
                roleARN: mapping.roleARN,
                region: mapping.region,
                error: ErrorReport(failure)
            )
        )
        return failure.answered(true)
    }

    private func deliver(_ credentials: SessionCredentials, of exchanged: RoleMapping) throws {
        let format = format ?? .json
        switch format {
        case .json:
            try Report.answer(ExchangeReport(exchanged, credentials))
        case .credentialsFile:
            try CredentialsFileWriter(environment: ProcessEnvironment.variables).write(
                credentials,
                profile: profile?.text ?? exchanged.id
            )
        case .env, .fish, .powershell:
            guard let format = CredentialFormat(rawValue: format.rawValue) else { return }
            try Report.answer(lines: format.text(of: credentials, region: exchanged.region))
        }
    }
}

extension ExchangeCommand {
    /// Creates the command for the arguments `exchange MAPPING [--config FILE]`; `nil` for every other form.
    init?(plain arguments: [String]) {
        guard let words = MappingArguments(arguments, of: Self.name) else { return nil }
        // The values are assigned to a complete command. In an initializer, ArgumentParser would treat an assignment to
        // `self` as the declaration of a default value.
        var command = Self()
        command.options = GlobalOptions(config: words.configurationPath)
        command.mapping = words.mapping
        command.format = nil
        command.json = false
        command.profile = nil
        command.force = false
        command.duration = nil
        self = command
    }
}

extension ExchangeCommand: JSONAnswering {
    var answersInJSON: Bool { (format ?? .json) == .json }

    func report(_ error: ErrorReport) -> any Encodable {
        ExchangeReport(mapping: mapping, error: error)
    }
}
