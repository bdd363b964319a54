import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import Foundation
import Operations

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

    /// The form in which the credentials are printed or stored.
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

    @Option(
        help: "How long the credentials shall live, 15m to 12h, in place of the mapping's duration.",
        transform: { try BoundedDurationOption(option: $0, in: .seconds(900)...(.seconds(43_200))) }
    )
    var duration: BoundedDurationOption?

    func validate() throws {
        if profile != nil, format != .credentialsFile {
            throw ValidationError("--profile goes with --format credentials-file.")
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
            // The record of the exchange is stored after the delivery, when the context closes.
            try deliver(credentials, of: mapping)
        }
    }

    /// Prints the JSON answer of a failed exchange, where JSON is the format.
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
