import ArgumentParser
import Diagnosis
import Federation
import Foundation
import Operations
import TrustPolicy

/// The files and facts that `explain` takes in place of asking the clouds.
struct EvidenceOptions: ParsableArguments {
    @Option(help: "A token, signed or not, or the JSON of its claims; - reads stdin.")
    var tokenFile: String?

    @Option(help: "The role's trust policy, or what `aws iam get-role` prints.")
    var trustPolicy: String?

    @Option(help: "What `aws iam get-open-id-connect-provider` prints, or a list of such with their ARNs.")
    var provider: String?

    @Option(help: "The role's ARN.")
    var role: String?

    @Option(name: .customLong("context"), help: "A condition key of the request, KEY=VALUE; may be repeated.")
    var contextEntries: [String] = []

    @Option(help: "The session's name.")
    var sessionName: String?

    @Option(help: "The address that AWS sees.")
    var sourceIP: String?

    @Option(name: .customLong("at"), help: "The time of the request, ISO 8601 or seconds since 1970.")
    var time: String?

    func validate() throws {
        if let role, RoleARN(role) == nil {
            throw ValidationError(
                "--role \(role) is no role's ARN, as arn:aws:iam::111122223333:role/audit is."
            )
        }
        if let time, Date(policyText: time).map(Moment.isInRange) != true {
            throw ValidationError(
                "--at \(time) is not a time; accepted: ISO 8601 as 2026-01-31T12:00:00Z, or seconds since 1970, in "
                    + "the years 1 to 9999."
            )
        }
        if let sourceIP, IPNetwork(sourceIP) == nil || sourceIP.contains("/") {
            throw ValidationError("--source-ip \(sourceIP) is no address, as 203.0.113.9 is.")
        }
        if let entry = contextEntries.first(where: { Self.pair($0) == nil }) {
            throw ValidationError("--context \(entry) is not KEY=VALUE.")
        }
    }

    /// The evidence that the files and options alone make.
    ///
    /// - Throws: ``CommandFailure`` when a file cannot be read.
    func evidence(now: Date) throws(CommandFailure) -> Evidence {
        var evidence = Evidence(isHypothetical: time == nil, now: now)
        if let tokenFile { evidence.token = try EvidenceFile.token(tokenFile) }
        try add(to: &evidence)
        return evidence
    }

    /// Adds what the options say to what is known.
    ///
    /// - Throws: ``CommandFailure`` when a file cannot be read.
    func add(to evidence: inout Evidence) throws(CommandFailure) {
        if let trustPolicy { evidence.policy = try EvidenceFile.policy(trustPolicy) }
        if let provider { evidence.providers = try EvidenceFile.providers(provider) }
        if let role { evidence.request.roleARN = RoleARN(role) }
        if let sessionName { evidence.request.sessionName = sessionName }
        if let sourceIP { evidence.request.sourceIP = sourceIP }
        if let time = time.flatMap(Date.init(policyText:)) { evidence.now = time }
        for (key, value) in contextEntries.compactMap(Self.pair) {
            // Names of keys have no case.
            evidence.request.context[key.lowercased(), default: []].append(value)
        }
    }

    private static func pair(_ entry: String) -> (key: String, value: String)? {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }
}
