import ArgumentParser
import Diagnosis
import Federation
import FoundationEssentials
import Operations
import TrustPolicy

/// The options of `explain` that supply evidence, for example from files instead of both clouds.
struct EvidenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with a token, signed or not, or its claims as JSON; - is stdin.",
            valueName: "file"
        ),
        completion: .file()
    )
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "File with the role's trust policy, or with the output of `aws iam get-role`.",
            valueName: "file"
        ),
        completion: .file()
    )
    var trustPolicy: String?

    @Option(
        help: ArgumentHelp(
            """
            File with the output of `aws iam get-open-id-connect-provider`, or with a JSON list of such outputs, each \
            with an added member Arn (the provider's ARN).
            """,
            valueName: "file"
        ),
        completion: .file()
    )
    var provider: String?

    @Option(help: ArgumentHelp("ARN of the role.", valueName: "arn"))
    var role: String?

    @Option(
        name: .customLong("context"),
        help: ArgumentHelp("Condition key and its value; may be repeated.", valueName: "key=value")
    )
    var contextEntries: [String] = []

    @Option(help: "Name of the role session.")
    var sessionName: String?

    @Option(help: ArgumentHelp("Source address of the request.", valueName: "address"))
    var sourceIP: String?

    @Option(
        name: .customLong("at"),
        help: ArgumentHelp(
            "Time of the request, in ISO 8601 or Unix seconds (default: now).",
            valueName: "time"
        )
    )
    var time: String?

    func validate() throws {
        if let role, RoleARN(role) == nil {
            let strange = RoleARN.invalidCharacters(in: role).map { ", which has \($0)," } ?? ""
            throw ValidationError(
                "--role \"\(role)\"\(strange) is not the ARN of a role; accepted: a role ARN such as "
                    + "arn:aws:iam::111122223333:role/audit."
            )
        }
        if let entry = contextEntries.first(where: { Self.pair($0) == nil }) {
            throw ValidationError("--context \(entry) is not KEY=VALUE.")
        }
        try Self.validate("aws:currenttime", time, of: "--at \(time ?? "")")
        try Self.validate("aws:sourceip", sourceIP, of: "--source-ip \(sourceIP ?? "")")
        try Self.validate("sts:rolesessionname", sessionName, of: "--session-name \"\(sessionName ?? "")\"")
        for entry in contextEntries {
            guard let (key, value) = Self.pair(entry) else { continue }
            try Self.validate(key.lowercased(), value, of: "--context \"\(entry)\"")
        }
    }

    /// The rules for values: the condition key in lowercase, the check, and the text after "is not" in an error.
    private static let valueRules: [(key: String, accepts: @Sendable (String) -> Bool, rule: String)] = [
        (
            "aws:currenttime", { Date(policyText: $0).map(InstantOption.isInRange) == true },
            "a time; accepted: ISO 8601 such as 2026-01-31T12:00:00Z, or Unix seconds, in the years 1 to 9999"
        ),
        (
            "aws:sourceip", { IPNetwork($0) != nil && !$0.contains("/") },
            "an IP address; accepted: an address such as 203.0.113.9"
        ),
        (
            "sts:rolesessionname", { RoleSessionName.isValid($0) },
            "a session name; accepted: \(RoleSessionName.accepted)"
        ),
        (
            "sts:sourceidentity", { RoleSessionName.isValid($0) },
            "a source identity; accepted: \(RoleSessionName.accepted)"
        ),
    ]

    /// Checks a value of a condition key; the error's message begins with `option`.
    ///
    /// - Throws: `ValidationError` for a value that no request can have.
    private static func validate(_ key: String, _ value: String?, of option: String) throws {
        guard let value, let found = valueRules.first(where: { $0.key == key }), !found.accepts(value) else {
            return
        }
        throw ValidationError("\(option) is not \(found.rule).")
    }

    /// Returns evidence only from the files and the options.
    ///
    /// - Throws: ``CommandFailure`` if a file cannot be read, or if the file of `--provider` contains no provider.
    func evidence(now: Date) throws(CommandFailure) -> Evidence {
        var evidence = Evidence(isHypothetical: time == nil, now: now)
        if let tokenFile { evidence.token = try EvidenceFile.token(tokenFile) }
        try add(to: &evidence)
        return evidence
    }

    /// Adds the values of the options, except the token, to the evidence.
    ///
    /// - Throws: ``CommandFailure`` if a file cannot be read, or if the file of `--provider` contains no provider.
    func add(to evidence: inout Evidence) throws(CommandFailure) {
        if let role { evidence.request.roleARN = RoleARN(role) }
        if let trustPolicy {
            let file = try EvidenceFile.policy(trustPolicy, of: evidence.request.roleARN)
            let named = file.role
            evidence.request.roleARN = evidence.request.roleARN ?? named?.arn.flatMap { RoleARN($0) }
            evidence.policyRole = named?.name
            evidence.policy = file.policy
            evidence.policyDocument = file.document
            evidence.policyFile = trustPolicy == "-" ? "stdin" : trustPolicy
            evidence.policyReader = nil
            // A successful exchange proves nothing about the policy in the file, because STS evaluated the policy in
            // IAM.
            if case .succeeded = evidence.exchange { evidence.exchange = .untried }
        }
        if let provider { evidence.providers = try EvidenceFile.providers(provider) }
        if let sessionName { evidence.request.sessionName = sessionName }
        if let sourceIP { evidence.request.sourceIP = sourceIP }
        if let time = time.flatMap(Date.init(policyText:)) {
            evidence.now = time
            evidence.hasSuppliedTime = true
        }
        for (key, value) in contextEntries.compactMap(Self.pair) {
            // Condition keys are case-insensitive.
            evidence.request.context[key.lowercased(), default: []].append(value)
        }
    }

    private static func pair(_ entry: String) -> (key: String, value: String)? {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }
}
