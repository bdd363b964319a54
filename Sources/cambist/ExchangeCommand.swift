import ArgumentParser
import Engine
import Federation

/// `cambist exchange`: one exchange, the credentials on stdout.
struct ExchangeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange",
        abstract: "Exchange the mapping's token once and print the credentials.",
        discussion: """
            The credentials are secrets; send them where only you can read them.

            Examples:
              cambist exchange audit --format json | jq -r .expiration
            """
    )

    /// How the credentials are written.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case json
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping to exchange.")
    var mapping: String

    @Option(
        help: "How the credentials are written: \(Format.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var format = Format.json

    @Flag(
        help:
            "Ask the source for a token even if one is at hand; the host may serve its cached one all the same."
    )
    var force = false

    @Option(help: "How long the credentials shall live, 15m to 12h, in place of the mapping's duration.")
    var duration: DurationArgument?

    func run() async throws {
        let report = try await Workspace.with(options) { workspace in
            var mapping = try workspace.mapping(mapping)
            if let duration { mapping.duration = duration.value }
            let exchange = await workspace.engine.exchange(
                mapping,
                options: ExchangeOptions(forcesToken: force, verifies: false)
            )
            return ExchangeReport(mapping, try exchange.obtained())
        }
        try Report.answer(report)
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
                "\(record.mapping): no credentials, and no reason."
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
