import AWS
package import Diagnosis
package import Federation
package import FoundationEssentials
import Glibc
package import Transport
import TrustPolicy

/// Reads roles and trust policies from IAM, with a cache.
///
/// If IAM cannot be read, the trust policy is from the mapping's file.
package actor RoleInspector {
    /// The lifetime of cached inspections.
    private static let lifetime = Duration.seconds(300)
    private static let sessionLifetime = Duration.seconds(600)

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
    private var inspections: [Key: RoleInspection] = [:]
    private var running: [Key: Task<RoleInspection, Never>] = [:]
    private var sessions: [Account: (at: Date, session: Result<IAMSession, Failure>)] = [:]
    private var connections: [Account: Task<Result<IAMSession, Failure>, Never>] = [:]

    /// Creates an inspector; `connect` returns an IAM session for a role's account.
    package init(
        time: any TimeSource,
        connect: @escaping @Sendable (RoleARN) async -> Result<IAMSession, Failure>
    ) {
        self.time = time
        self.connect = connect
    }

    /// Returns the inspection of a mapping's role, cached for five minutes.
    ///
    /// - Parameters:
    ///   - mapping: The mapping.
    ///   - issuer: The token's issuer, if there is a token.
    ///   - isFresh: Whether to bypass the cache.
    /// - Returns: The role in IAM or, if IAM was not read, the reason and any policy in the mapping's file.
    package func inspection(
        of mapping: RoleMapping,
        issuer: String?,
        isFresh: Bool = false
    ) async -> RoleInspection {
        let key = Key(role: mapping.roleARN, issuer: issuer)
        if isFresh { sessions = [:] } else if let known = cached(key) { return known.completed(by: mapping) }
        return await freshInspection(key).completed(by: mapping)
    }

    /// Reads a role, or joins a running request for the role.
    private func freshInspection(_ key: Key) async -> RoleInspection {
        if let task = running[key] { return await task.value }
        let task = Task { await read(key) }
        running[key] = task
        let freshInspection = await task.value
        // A role that was invalidated during the read may have changed, so the result is not stored.
        guard running[key] == task else { return freshInspection }
        running[key] = nil
        // A read without a response does not replace a cached inspection that is still valid.
        let isUnanswered = freshInspection.problem.map { $0.kind != .refused } ?? false
        if !isUnanswered || cached(key) == nil { inspections[key] = freshInspection }
        return freshInspection
    }

    /// Returns the inspection of a mapping's role, at most `age` old; a failed inspection is cached for five minutes.
    package func inspection(
        of mapping: RoleMapping,
        issuer: String?,
        noOlderThan age: Duration
    ) async -> RoleInspection {
        let key = Key(role: mapping.roleARN, issuer: issuer)
        if let known = cached(key), known.source == .notRead || isFresh(known.at, age) {
            return known.completed(by: mapping)
        }
        return await freshInspection(key).completed(by: mapping)
    }

    /// Returns an inspection that is based only on the mapping's trust policy file.
    ///
    /// A read-only console uses this inspection, because a read-only console sends no requests to IAM.
    package func fileInspection(of mapping: RoleMapping) -> RoleInspection {
        RoleInspection(problem: .readOnlyConsole, at: time.now).completed(by: mapping)
    }

    /// Returns a role's cached trust policy and its source, if IAM was read recently; sends no request.
    func policy(of role: RoleARN) -> (policy: PolicyEvidence, place: String)? {
        let known = inspections.filter { $0.key.role == role && isFresh($0.value.at, Self.lifetime) }.values
        let latest = known.max { $0.at < $1.at }
        guard let latest, case .iam(let credentials) = latest.source, latest.policy != .unknown else {
            return nil
        }
        return (
            latest.policy, "IAM's policy, read using \(credentials) at \(latest.at.utcText)"
        )
    }

    /// Drops all cached inspections and IAM sessions, and the results of running reads.
    package func removeAll() {
        inspections = [:]
        running = [:]
        sessions = [:]
        connections = [:]
    }

    /// Drops the cached inspections of a changed role, and the results of the role's running reads.
    package func invalidate(_ role: RoleARN) {
        inspections = inspections.filter { $0.key.role != role }
        running = running.filter { $0.key.role != role }
    }

    private func cached(_ key: Key) -> RoleInspection? {
        inspections[key].flatMap { isFresh($0.at, Self.lifetime) ? $0 : nil }
    }

    private func isFresh(_ date: Date, _ lifetime: Duration) -> Bool {
        let age = time.now.since(date)
        return age >= .zero && age < lifetime
    }

    private func read(_ key: Key) async -> RoleInspection {
        let session: IAMSession
        switch await self.session(to: key.role) {
        case .success(let found): session = found
        case .failure(let failure): return RoleInspection(problem: failure, at: time.now)
        }
        guard session.account == key.role.account else {
            return RoleInspection(problem: .otherAccount(session, key.role), at: time.now)
        }
        do throws(CloudError) {
            return try await session.read(key.role, issuer: key.issuer, at: time.now)
        } catch {
            if case .refused(let refusal) = error, refusal.code != "AccessDenied" { sessions = [:] }
            return RoleInspection(problem: error.failure, at: time.now)
        }
    }

    private func session(to role: RoleARN) async -> Result<IAMSession, Failure> {
        let account = Account(partition: role.partition, number: role.account)
        if let cached = sessions[account], isFresh(cached.at, Self.sessionLifetime) { return cached.session }
        if let task = connections[account] { return await task.value }
        let task = Task { [connect] in await connect(role) }
        connections[account] = task
        let session = await task.value
        guard connections[account] == task else { return session }
        connections[account] = nil
        sessions[account] = (time.now, session)
        return session
    }
}

extension RoleInspection {
    /// Adds the policy in the mapping's file to the inspection if IAM was not read.
    fileprivate func completed(by mapping: RoleMapping) -> RoleInspection {
        guard case .notRead = source, let file = mapping.trustPolicyFile else { return self }
        var completed = self
        completed.source = .file(file)
        completed.fileChange = PolicyFile.lastChange(of: file)
        do throws(FileReadError) {
            let text = try PolicyFile.read(file)
            completed.policy = PolicyEvidence(document: text, of: mapping.roleARN)
            completed.policyDocument = PolicyEvidence.json(in: text, of: mapping.roleARN)
        } catch {
            completed.policy = .refused(PolicyError(code: PolicyError.unreadableCode, message: "\(error)"))
        }
        return completed
    }
}

extension Failure {
    fileprivate static let readOnlyConsole = Failure(
        kind: .refused,
        code: "read-only",
        message: "The console is read-only.",
        fix: "Start without --read-only."
    )

    fileprivate static func otherAccount(_ session: IAMSession, _ role: RoleARN) -> Failure {
        Failure(
            kind: .refused,
            code: "other-account",
            message: "Your AWS credentials (\(session.credentials)) belong to account \(session.account), "
                + "and the role is in account \(role.account).",
            fix: "Set setup.aws_profile to a profile with credentials of account \(role.account)."
                + (session.profile == nil
                    ? " Alternatively, set \(session.profileVariable) to that profile and unset "
                        + "\(session.credentials)."
                    : "")
        )
    }
}

/// Reads the policy files of the configuration.
package enum PolicyFile {
    /// The maximum file size, in bytes; IAM's own limits are lower.
    private static let sizeLimit = 256 << 10

    /// Returns the modification time of a file, if it is known.
    package static func lastChange(of path: String) -> Date? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Instant(unixSeconds: status.st_mtim.tv_sec)?.date
    }

    /// Returns the text of a file.
    ///
    /// - Throws: ``FileReadError`` if the file cannot be read, or is not regular, too large, or not UTF-8.
    package static func read(_ path: String) throws(FileReadError) -> String {
        try BoundedFile.utf8(path, limit: sizeLimit)
    }
}
