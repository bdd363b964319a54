import ArgumentParser
import Diagnosis
import ExchangeEngine
import Federation
import FoundationEssentials
import Operations
import Transport

/// `cambist explain`: prints the causes of a failure and how to fix them.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain why an exchange fails and how to fix it.",
        discussion: HelpText(
            """
            With a mapping, runs the exchange, reads the objects in both clouds that your permissions allow you to \
            read, and prints the causes with their evidence and fixes. With a mapping, --trust-policy names a policy \
            that is evaluated instead of the policy in IAM; IAM is not changed. Without a mapping, the command sends \
            no request: it evaluates the policy of --trust-policy for the token of --token-file by IAM's rules. A \
            trust policy that allows the token does not guarantee that AWS allows the call.
            """,
            statuses: [
                .done:
                    "the exchange works, or no reason for a failure was found; warnings may be listed",
                .no:
                    "a reason for a failure was found, such as a denial by the trust policy or an expired token",
                .usage: "usage error, or a file that an option names cannot be read",
            ],
            examples: [
                "cambist explain audit",
                "cambist explain --token-file token.jwt --trust-policy trust.json --json | jq .condition",
                "cambist explain --token-file claims.json --trust-policy trust.json --context aws:SourceIp=203.0.113.9",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String?

    @OptionGroup var files: EvidenceOptions

    @Flag(name: .shortAndLong, help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if mapping != nil, files.tokenFile != nil {
            throw ValidationError("A mapping has its own token; omit --token-file.")
        }
        try files.validate()
    }

    func run() async throws {
        if mapping == nil, files.tokenFile == nil, files.trustPolicy == nil {
            throw CommandFailure(
                .usage,
                code: "usage",
                "Name a mapping, or set --token-file and --trust-policy.",
                fix: "See `cambist explain --help`."
            )
        }
        let (evidence, inspection) = try await evidence()
        let explanation = Explanation(evidence)
        if json {
            try Report.answer(ExplainReport(explanation: explanation, inspection: inspection))
        } else {
            try Report.answer(explanation.text(inspection))
        }
        guard !explanation.isClear, let first = explanation.causes.first else { return }
        let subject = mapping.map { "\($0): " } ?? ""
        throw CommandFailure.answered(.no, messages: ["\(subject)\(first.id): \(first.summary)"])
    }

    /// Returns the evidence from an exchange and both clouds; without a mapping, from the files only.
    private func evidence() async throws -> (evidence: Evidence, inspection: RoleInspection?) {
        guard let mapping else { return (try files.evidence(now: SystemTime().now), nil) }
        return try await ApplicationContext.with(options) { context in
            let mapping = try context.mapping(mapping)
            var (evidence, inspection) = await Progress.waiting(
                "\(mapping.id): exchanging and reading both clouds…",
                options,
                time: context.time
            ) {
                await context.explain.evidence(of: mapping)
            }
            try files.add(to: &evidence)
            return (evidence, files.trustPolicy == nil ? inspection : nil)
        }
    }
}

extension ExplainCommand: JSONAnswering {
    var answersInJSON: Bool { json }

    func report(_ error: ErrorReport) -> any Encodable {
        ExplainReport(explanation: Explanation(Evidence(now: SystemTime().now)), error: error)
    }
}

/// The output of `explain --json`.
struct ExplainReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case policySource
        case policyReadAt
        case policyProblem
        case issuerReadAt
        case sources
        case error
    }

    let explanation: Explanation
    /// The inspection of the mapping's role; `nil` without a mapping, or with `--trust-policy`.
    var inspection: RoleInspection?
    var error: ErrorReport?

    func encode(to encoder: any Encoder) throws {
        try explanation.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(inspection?.source.name, forKey: .policySource)
        try container.encodeIfPresent(inspection?.at.utcText, forKey: .policyReadAt)
        try container.encodeIfPresent(inspection?.facts?.issuerAt?.utcText, forKey: .issuerReadAt)
        try container.encodeIfPresent(inspection?.credentials, forKey: .sources)
        try container.encodeIfPresent(inspection?.problem.map(ErrorReport.init), forKey: .policyProblem)
        try container.encodeIfPresent(error, forKey: .error)
    }
}
