import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import Foundation

/// `cambist exchange`: one exchange, the credentials on stdout or in a credentials file.
struct ExchangeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange",
        abstract: "Exchange the mapping's token once and print the credentials.",
        discussion: """
            The credentials are secrets; send them where only you can read them. The format credentials-file \
            prints nothing: it writes a profile into the shared credentials file and leaves the others as they are.

            Examples:
              cambist exchange audit --format json | jq -r .expiration
              eval "$(cambist exchange audit --format env)"
              cambist exchange audit --format fish | source
              cambist exchange audit --format powershell | Invoke-Expression
              cambist exchange audit --format credentials-file --profile audit
            """
    )

    /// How the credentials are given.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case json
        case env
        case fish
        case powershell
        case credentialsFile = "credentials-file"
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping to exchange.", completion: .mappings)
    var mapping: String

    @Option(help: "How the credentials are given.")
    var format = Format.json

    @Option(
        help:
            "The profile that --format credentials-file writes, without brackets, quotes and line ends; the mapping's name when absent."
    )
    var profile: ProfileName?

    @Flag(
        help:
            "Ask the source for a token even if one is at hand; the host may serve its cached one all the same."
    )
    var force = false

    @Option(help: "How long the credentials shall live, 15m to 12h, in place of the mapping's duration.")
    var duration: DurationArgument?

    func validate() throws {
        if profile != nil, format != .credentialsFile {
            throw ValidationError("--profile goes with --format credentials-file.")
        }
    }

    func run() async throws {
        let (exchanged, credentials) = try await Workspace.with(options) { workspace in
            var mapping = try workspace.mapping(mapping)
            if let duration { mapping.duration = duration.value }
            let exchange = await Progress.waiting(
                "\(mapping.id): exchanging…",
                options,
                time: workspace.time
            ) {
                await workspace.engine.exchange(
                    mapping,
                    options: ExchangeOptions(forcesToken: force, verifies: false)
                )
            }
            do throws(CommandFailure) {
                return (mapping, try exchange.obtained())
            } catch {
                throw try told(error, of: mapping)
            }
        }
        try give(credentials, of: exchanged)
    }

    /// Tells in JSON, where that was asked for, why there are no credentials, and what is known all the same.
    private func told(_ failure: CommandFailure, of mapping: RoleMapping) throws -> CommandFailure {
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

    private func give(_ credentials: SessionCredentials, of exchanged: RoleMapping) throws {
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

extension ExchangeCommand: JSONAnswering {
    var answersInJSON: Bool { format == .json }

    func report(_ error: ErrorReport) -> any Encodable {
        ExchangeReport(mapping: mapping, error: error)
    }
}

extension Exchange {
    /// The credentials.
    ///
    /// - Throws: ``CommandFailure`` with the reason why there are none.
    func obtained() throws(CommandFailure) -> SessionCredentials {
        if let credentials { return credentials }
        guard let failure = record.failure else {
            throw CommandFailure(
                .ourFault,
                code: "no-reason",
                "\(record.mapping): no credentials, and no reason.",
                fix: "Try again with --log-file, and report what it has."
            )
        }
        throw CommandFailure(failure, of: record.mapping)
    }
}

/// A duration on the command line: `15m`, `1h30m`.
struct DurationArgument: ExpressibleByArgument {
    let value: Duration

    init?(argument: String) {
        guard let value = DurationText.parse(argument), value >= .seconds(900), value <= .seconds(43200)
        else {
            return nil
        }
        self.value = value
    }
}
