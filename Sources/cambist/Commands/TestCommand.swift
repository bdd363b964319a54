import ArgumentParser
import ExchangeEngine
import Federation
import Foundation
import Operations

/// `cambist test`: every step of an exchange, the credentials thrown away.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run every step of the exchange and throw the credentials away.",
        discussion: """
            Exit status: 0 if every mapping is live, 1 if an exchange was refused, 69 if a service is unreachable, \
            75 if a later attempt may work.

            Examples:
              cambist test audit
              cambist test --all --json | jq '.mappings[] | select(.outcome == "failed") | .name'
            """
    )

    /// The number of exchanges that run at a time.
    private static let width = 16

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mappings to test.", completion: .mappings)
    var mappings: [String] = []

    @Flag(help: "Test every mapping.")
    var all = false

    @Flag(help: "Answer with one JSON object.")
    var json = false

    func validate() throws {
        if all, !mappings.isEmpty { throw ValidationError("Name mappings or say --all, not both.") }
    }

    func run() async throws {
        if mappings.isEmpty, !all {
            throw CommandFailure(
                .usage,
                code: "usage",
                "Name a mapping, or say --all.",
                fix: "`cambist test --help` says what it takes."
            )
        }
        let outcome = try await ApplicationContext.with(options) { context in
            let chosen = all ? context.configuration.current.mappings : try mappings.map(context.mapping)
            guard !chosen.isEmpty else {
                throw CommandFailure(
                    .configuration,
                    code: "no-mappings",
                    "The configuration has no mappings to test.",
                    fix: "`cambist config path` tells which file that is."
                )
            }
            return await records(of: chosen, context.engine, Progress(options, time: context.time))
        }
        try report(outcome)
    }

    /// The records in the order of the mappings, a bounded number of exchanges at a time.
    private func records(
        of mappings: [RoleMapping],
        _ engine: Engine,
        _ progress: Progress
    ) async -> [ExchangeRecord] {
        await withTaskGroup(of: (Int, ExchangeRecord).self) { group in
            var (progress, done, failed) = (progress, 0, 0)
            var records: [ExchangeRecord?] = Array(repeating: nil, count: mappings.count)
            func take(_ index: Int, _ record: ExchangeRecord) {
                records[index] = record
                done += 1
                failed += record.outcome == .failed ? 1 : 0
                progress.show("\(done) of \(mappings.count) tested, \(failed) failed: \(record.mapping)")
            }
            for (index, mapping) in mappings.enumerated() {
                if index >= Self.width, let (index, record) = await group.next() { take(index, record) }
                group.addTask { (index, await engine.exchange(mapping).record) }
            }
            for await (index, record) in group { take(index, record) }
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
            for record in records { try Report.answer(ExchangeText(record: record).text) }
        }
        guard !failures.isEmpty else { return }
        throw CommandFailure.answered(
            ExitStatus(worstOf: failures.map(\.kind)),
            messages: records.compactMap { record in
                record.failure.map { "\(record.mapping): \($0.code): \($0.message)" }
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
