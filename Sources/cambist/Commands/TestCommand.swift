import ArgumentParser
import ExchangeEngine
import Federation
import Foundation
import Operations

/// `cambist test`: runs every step of an exchange and discards the credentials.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run every step of an exchange and discard the credentials.",
        discussion: HelpText(
            """
            Prints one line per mapping: the outcome, the duration of each step, the expiration, and the \
            reason for each failure and warning. For up to 16 mappings, the trust policies are read from IAM, as \
            by `cambist explain`; more reads of roles would be throttled.
            """,
            statuses: [
                .done: "every step of every mapping passed",
                .no: "an exchange was refused",
                .unreachable: "no token source, or a service is unreachable",
                .tryAgain: "throttled or timed out; a later attempt may work",
            ],
            examples: [
                "cambist test audit",
                "cambist test --all",
                #"cambist test --all --json | jq '.mappings[] | select(.outcome == "failed") | .name'"#,
            ]
        ).discussion
    )

    /// The maximum number of concurrent exchanges.
    private static let width = 16

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Names of the mappings.", completion: .mappings)
    var mappings: [String] = []

    @Flag(help: "Test every mapping.")
    var all = false

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if all, !mappings.isEmpty { throw ValidationError("Mappings and --all are mutually exclusive.") }
    }

    func run() async throws {
        if mappings.isEmpty, !all {
            throw CommandFailure(
                .usage,
                code: "usage",
                "Name a mapping, or use --all.",
                fix: "See `cambist test --help`."
            )
        }
        let outcome = try await ApplicationContext.with(options) { context in
            let chosen = all ? context.configuration.current.mappings : try mappings.map(context.mapping)
            guard !chosen.isEmpty else {
                throw CommandFailure(
                    .configuration,
                    code: "no-mappings",
                    "The configuration has no mappings to test.",
                    fix: "Add one to \(context.origin): `cambist config edit` opens the file."
                )
            }
            return await records(of: chosen, context.engine, Progress(options, time: context.time))
        }
        try report(outcome)
    }

    /// Runs the exchanges, a limited number at a time, and returns the records in the order of the mappings.
    private func records(
        of mappings: [RoleMapping],
        _ engine: Engine,
        _ progress: Progress
    ) async -> [ExchangeRecord] {
        let options = ExchangeOptions(readsTrust: mappings.count <= Self.width)
        return await withTaskGroup(of: (Int, ExchangeRecord).self) { group in
            var (progress, done, failed) = (progress, 0, 0)
            var records: [ExchangeRecord?] = Array(repeating: nil, count: mappings.count)
            func collect(_ index: Int, _ record: ExchangeRecord) {
                records[index] = record
                done += 1
                failed += record.outcome == .failed ? 1 : 0
                progress.show("\(done) of \(mappings.count) tested, \(failed) failed: \(record.mapping)")
            }
            for (index, mapping) in mappings.enumerated() {
                if index >= Self.width, let (index, record) = await group.next() { collect(index, record) }
                group.addTask { (index, await engine.exchange(mapping, options: options).record) }
            }
            for await (index, record) in group { collect(index, record) }
            progress.end()
            return records.compactMap(\.self)
        }
    }

    /// Prints the answer.
    ///
    /// - Throws: ``CommandFailure`` when a mapping is not live.
    private func report(_ records: [ExchangeRecord]) throws {
        let failures = records.compactMap(\.failure)
        if json {
            let error = failures.first.map(ErrorReport.init)
            try Report.answer(TestReport(mappings: records.map(TestReport.Mapping.init), error: error))
        } else {
            for record in records {
                try Report.answer(ExchangeText(record: record, configuration: options.reference).text)
            }
        }
        guard !failures.isEmpty else { return }
        throw CommandFailure.answered(
            ExitStatus(worstOf: failures.map(\.kind)),
            messages: records.compactMap { record in
                record.failure.map { "\(record.mapping): \($0.messageWithCode)" }
            }
        )
    }
}

extension TestCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        TestReport(mappings: [], error: error)
    }
}
