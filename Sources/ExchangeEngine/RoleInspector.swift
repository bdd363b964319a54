import AWS
package import Diagnosis
package import Federation
import Foundation
import Transport
import TrustPolicy

/// What is known of roles, read once and kept for a while: from IAM where it may be read, else from files.
package actor RoleInspector {
    /// How long what IAM said is taken for granted.
    private static let life = Duration.seconds(300)
    /// How long credentials that were found are used.
    private static let accessLife = Duration.seconds(600)

    private struct Key: Hashable {
        let role: RoleARN
        let issuer: String?
    }

    private struct Account: Hashable {
        let partition: AWSPartition
        let number: String
    }

    private let time: any TimeSource
    private let connect: @Sendable (RoleARN) async -> Result<IAMSession, Failure>
    private var readings: [Key: RoleInspection] = [:]
    private var running: [Key: Task<RoleInspection, Never>] = [:]
    private var accesses: [Account: (at: Date, access: Result<IAMSession, Failure>)] = [:]
    private var connections: [Account: Task<Result<IAMSession, Failure>, Never>] = [:]

    /// Makes a library that has read nothing; `connect` finds the operator's credentials for a role's account, or
    /// others, and whose they are.
    package init(
        time: any TimeSource,
        connect: @escaping @Sendable (RoleARN) async -> Result<IAMSession, Failure>
    ) {
        self.time = time
        self.connect = connect
    }

    /// What is known of a mapping's role; IAM is asked unless it was a short while ago.
    ///
    /// - Parameters:
    ///   - mapping: whose role it is.
    ///   - issuer: the token's, where there is one.
    ///   - isFresh: whether to ask whatever was read before.
    /// - Returns: what IAM said, else what the mapping's file has, with the reason why IAM was not read.
    package func knowledge(
        of mapping: RoleMapping,
        issuer: String?,
        isFresh: Bool = false
    ) async -> RoleInspection {
        let key = Key(role: mapping.roleARN, issuer: issuer)
        if isFresh { accesses = [:] } else if let known = kept(key) { return known.completed(by: mapping) }
        return await reading(key).completed(by: mapping)
    }

    /// Reads a role, or joins those who do.
    private func reading(_ key: Key) async -> RoleInspection {
        if let task = running[key] { return await task.value }
        let task = Task { await read(key) }
        running[key] = task
        let reading = await task.value
        running[key] = nil
        // Nobody's answer is no reason to forget what was read a short while ago.
        let isSilence = reading.problem.map { $0.kind != .refused } ?? false
        if !isSilence || kept(key) == nil { readings[key] = reading }
        return reading
    }

    /// What IAM says of a mapping's role, no older than `age`; that it cannot be read is taken for granted for longer.
    package func knowledge(
        of mapping: RoleMapping,
        issuer: String?,
        noOlderThan age: Duration
    ) async -> RoleInspection {
        let key = Key(role: mapping.roleARN, issuer: issuer)
        if let known = kept(key), known.source == .nowhere || isFresh(known.at, age) {
            return known.completed(by: mapping)
        }
        return await reading(key).completed(by: mapping)
    }

    /// What a mapping's file has; nobody is asked.
    package func fileKnowledge(of mapping: RoleMapping) -> RoleInspection {
        RoleInspection(problem: .notAsked, at: time.now).completed(by: mapping)
    }

    /// The trust policy that IAM told, if it did so lately; nobody is asked.
    package func policy(of role: RoleARN) -> PolicyEvidence? {
        let known = readings.filter { $0.key.role == role && isFresh($0.value.at, Self.life) }.values
        let latest = known.max { $0.at < $1.at }
        guard let latest, case .iam = latest.source, latest.policy != .unknown else { return nil }
        return latest.policy
    }

    /// Drops every reading, and the credentials they were read with.
    package func removeAll() {
        readings = [:]
        accesses = [:]
    }

    /// Forgets what was read of a role, which was changed.
    package func forget(_ role: RoleARN) {
        readings = readings.filter { $0.key.role != role }
    }

    private func kept(_ key: Key) -> RoleInspection? {
        readings[key].flatMap { isFresh($0.at, Self.life) ? $0 : nil }
    }

    private func isFresh(_ date: Date, _ life: Duration) -> Bool {
        let age = time.now.since(date)
        return age >= .zero && age < life
    }

    private func read(_ key: Key) async -> RoleInspection {
        let access: IAMSession
        switch await self.access(to: key.role) {
        case .success(let found): access = found
        case .failure(let failure): return RoleInspection(problem: failure, at: time.now)
        }
        guard access.account == key.role.account else {
            return RoleInspection(problem: .otherAccount(access, key.role), at: time.now)
        }
        do throws(AWSError) {
            return try await access.read(key.role, issuer: key.issuer, at: time.now)
        } catch {
            if case .refused(let refusal) = error, refusal.code != "AccessDenied" { accesses = [:] }
            return RoleInspection(problem: error.failure, at: time.now)
        }
    }

    private func access(to role: RoleARN) async -> Result<IAMSession, Failure> {
        let account = Account(partition: role.partition, number: role.account)
        if let known = accesses[account], isFresh(known.at, Self.accessLife) { return known.access }
        if let task = connections[account] { return await task.value }
        let task = Task { [connect] in await connect(role) }
        connections[account] = task
        let access = await task.value
        connections[account] = nil
        accesses[account] = (time.now, access)
        return access
    }
}

extension RoleInspection {
    /// The same, with the mapping's own copy of the policy where IAM told none.
    fileprivate func completed(by mapping: RoleMapping) -> RoleInspection {
        guard case .nowhere = source, let file = mapping.trustPolicyFile else { return self }
        var known = self
        known.source = .file(file)
        known.policy =
            if let text = try? String(contentsOfFile: file, encoding: .utf8) {
                PolicyEvidence(document: text)
            } else {
                .refused(
                    PolicyError(
                        code: "unreadable-trust-policy",
                        message: "\(file) cannot be read as text."
                    )
                )
            }
        return known
    }
}

extension Failure {
    fileprivate static let notAsked = Failure(
        kind: .refused,
        code: "read-only",
        message: "A read-only console does not ask IAM.",
        fix: "Leave out --read-only, or give a copy of the policy under trust_policy_file."
    )

    fileprivate static func otherAccount(_ access: IAMSession, _ role: RoleARN) -> Failure {
        Failure(
            kind: .refused,
            code: "other-account",
            message: "Your AWS credentials (\(access.credentials)) are of account \(access.account), "
                + "and the role is in \(role.account).",
            fix:
                "Choose credentials of account \(role.account) by AWS_PROFILE or setup.aws_profile, or give a "
                + "copy of the policy under trust_policy_file."
        )
    }
}
