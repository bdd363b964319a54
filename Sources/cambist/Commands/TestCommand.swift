import ArgumentParser
import Diagnosis
import ExchangeEngine
import Federation
import FoundationEssentials
import Operations
import Transport

/// `cambist test`: runs every step of an exchange and discards the credentials.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run every step of an exchange and discard the credentials.",
        discussion: HelpText(
            """
            Prints one line per mapping: the outcome, the duration of each step, and the expiration. Failures and \
            warnings are followed by the reason, the cause to fix first according to `cambist explain`, and the \
            sources from which cambist read the trust policy and the objects in Microsoft Graph. With up to 16 \
            mappings, the command reads all trust policies from IAM before it calls STS. With more mappings, the \
            command reads only the trust policies of mappings that fail or warn, because IAM would throttle the \
            requests.
            """,
            statuses: [
                .done: "no exchange failed; warnings may be printed",
                .no: "an exchange was refused",
                .unreachable: "no token source, or a service is unreachable",
                .tryAgain: HelpText.tryAgain,
            ],
            examples: [
                "cambist test audit",
                "cambist test --all",
                #"cambist test --all --json | jq '.mappings[] | select(.outcome == "failed") | .name'"#,
            ]
        ).discussion
    )

    /// The maximum number of concurrent exchanges.
    ///
    /// With more mappings, the command does not read all trust policies.
    private static let width = 16
    /// The maximum number of concurrent explanations; each explanation reads both clouds.
    private static let explanationWidth = 4

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
            return await tests(of: chosen, context, Progress(options, time: context.time))
        }
        try report(outcome)
    }

    /// Runs the exchanges, explains failures and warnings, and returns the results in the order of the mappings.
    private func tests(
        of mappings: [RoleMapping],
        _ context: ApplicationContext,
        _ progress: Progress
    ) async -> [MappingTest] {
        let options = ExchangeOptions(readsTrust: mappings.count <= Self.width)
        let explanations = AsyncSemaphore(width: Self.explanationWidth)
        @Sendable func test(_ mapping: RoleMapping) async -> MappingTest {
            let exchange = await context.engine.exchange(mapping, options: options)
            let record = exchange.record
            guard record.steps.contains(where: { $0.outcome == .failed || $0.outcome == .warn }) else {
                return MappingTest(record: record)
            }
            let answer = await explanations.withPermit {
                await context.explain.answer(to: exchange, of: mapping)
            }
            return MappingTest(record: record, answer: answer)
        }
        return await withTaskGroup(of: (Int, MappingTest).self) { group in
            var (progress, done, failed) = (progress, 0, 0)
            var tests: [MappingTest?] = Array(repeating: nil, count: mappings.count)
            func collect(_ index: Int, _ test: MappingTest) {
                tests[index] = test
                done += 1
                failed += test.record.outcome == .failed ? 1 : 0
                progress.show("\(done) of \(mappings.count) tested, \(failed) failed: \(test.record.mapping)")
            }
            for (index, mapping) in mappings.enumerated() {
                if index >= Self.width, let (index, record) = await group.next() { collect(index, record) }
                group.addTask { (index, await test(mapping)) }
            }
            for await (index, test) in group { collect(index, test) }
            progress.end()
            return tests.compactMap(\.self)
        }
    }

    /// Prints the results.
    ///
    /// - Throws: ``CommandFailure`` if an exchange failed.
    private func report(_ tests: [MappingTest]) throws {
        let failures = tests.compactMap(\.record.failure)
        let unread = tests.count > Self.width ? tests.count { $0.answer == nil } : 0
        if json {
            let report = TestReport(
                mappings: tests.map(TestReport.Mapping.init),
                unreadPolicies: unread,
                error: tests.lazy.compactMap(\.error).first
            )
            try Report.answer(report)
        } else {
            for test in tests {
                try Report.answer(ExchangeText(test: test).text)
            }
            if unread > 0 {
                Report.say(
                    "The trust policies of \(Count(unread, "mapping")) without failure or warning were not read: "
                        + "more than \(Self.width) mappings were tested."
                )
            }
        }
        guard !failures.isEmpty else { return }
        throw CommandFailure.answered(
            ExitStatus(worstOf: failures.map(\.kind)),
            messages: tests.compactMap(\.message)
        )
    }
}

/// The exchange of a tested mapping, with an explanation after a failure or a warning.
struct MappingTest: Sendable {
    let record: ExchangeRecord
    var answer: ExplainedExchange?

    /// The first cause that the operator can fix, if any.
    ///
    /// If the mapping's hub failed, the value is the cause of the hub's failure.
    var cause: Cause? { answer?.explanation.firstFixableCause }

    /// The failure, with the cause's fix if a cause is known.
    fileprivate var error: ErrorReport? {
        record.failure.map { ErrorReport(code: $0.code, message: $0.message, fix: cause?.fix ?? $0.fix) }
    }

    /// The failure on one line: the cause that `explain` finds, and the error.
    fileprivate var message: String? {
        record.failure.map { failure in
            let reason = cause.map { "\($0.id): \($0.summary) " } ?? ""
            return "\(record.mapping): \(reason)\(failure.messageWithCode)"
        }
    }
}

extension TestCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        TestReport(mappings: [], unreadPolicies: 0, error: error)
    }
}
