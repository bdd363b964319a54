import AWS
import Azure
import ConfigurationFile
import Federation
import Foundation
import Simulator
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Provisioning

/// A lab with both clouds and a provisioner; each pause advances their clock.
struct SetupHarness: Sendable {
    let lab: RunningLab
    let configuration: Configuration
    let transport: HTTPTransport
    let time: SteppingTime
    /// The requests so far.
    let log: RequestLog
    let tokens: TokenCache

    static func with(
        _ scenario: String = "empty",
        _ work: (SetupHarness) async throws -> Void
    ) async throws {
        let clock = ManualTime(start: Date(timeIntervalSince1970: 1_790_000_000))
        let lab = try await Lab.start(LabOptions(scenario: scenario), time: clock)
        let time = SteppingTime(clock: clock)
        let log = RequestLog()
        let transport = try HTTPTransport(time: time, logger: LogCapture().logger, observe: log.record)
        do {
            let file = try ConfigurationFile.read(
                text: lab.configurationText,
                path: "lab.yaml",
                environment: [:]
            )
            let sources = TokenSources(
                transport: transport,
                endpoints: file.configuration.endpoints,
                environment: SourceEnvironment(variables: [:]) { _ in false },
                time: time,
                identities: file.configuration.identities
            )
            let harness = SetupHarness(
                lab: lab,
                configuration: file.configuration,
                transport: transport,
                time: time,
                log: log,
                tokens: TokenCache(sources: sources, time: time)
            )
            try await work(harness)
        } catch {
            Issue.record(error)
        }
        await transport.shutDown()
        await lab.stop()
    }

    /// Runs `work` with the path of a scenario file: the scenario of the bare lab plus `lines`.
    static func withScenario(_ lines: String, _ work: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).yaml")
        let text = """
            tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
            aws: bare
            applications:
              security-aws-logging:
                registered: false
                identifier_uris: ["api://{tenant_id}/security-aws-logging"]
            identities:
              logging: {principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
              admin: {administrator: true}
            mappings:
              audit: {identity: logging, account: "111122223333"}
            \(lines)
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try await work(file.path)
    }

    /// Plans, approves, and applies everything.
    func planAndApply(
        _ desiredState: DesiredState? = nil,
        progress: @Sendable (SetupProgress) async -> Void = { _ in }
    ) async throws -> SetupOutcome {
        let provisioner = try provisioner(desiredState)
        return await provisioner.apply(await provisioner.plan(), progress: progress)
    }

    /// Applies everything, requires that nothing fails, and waits for replication.
    func apply(_ desiredState: DesiredState? = nil) async throws {
        #expect(try await planAndApply(desiredState).failures == [])
        replicate()
    }

    /// Makes a plan after the test's changes have replicated.
    func plan(_ desiredState: DesiredState? = nil) async throws -> SetupPlan {
        replicate()
        return try await provisioner(desiredState).plan()
    }

    /// Returns the desired state of the configuration's mappings, which a test can change.
    func desiredState(
        _ change: (inout RoleMapping) -> Void = { _ in }
    ) throws -> DesiredState {
        let mappings = configuration.mappings.map { mapping in
            var mapping = mapping
            change(&mapping)
            return mapping
        }
        return try DesiredState(mappings, in: configuration) { _ throws(DesiredStateError) in
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}"#
        }
    }

    /// Returns both clouds with the permissions of a configured identity and of an AWS administrator.
    func clouds(as identity: String = "admin") throws -> SetupClouds {
        SetupClouds(
            azure: .success((try graph(as: identity), try resources(as: identity), "identity \(identity)")),
            aws: .success((try iam(), "111122223333", "profile admin"))
        )
    }

    func provisioner(
        _ desiredState: DesiredState? = nil,
        as identity: String = "admin"
    ) throws -> Provisioner {
        Provisioner(
            desiredState: try desiredState ?? self.desiredState(),
            clouds: try clouds(as: identity),
            time: time
        )
    }

    private func caller(_ identity: String) throws -> AzureCredential {
        AzureCredential(identity: try #require(configuration.identity(identity)), tokens: tokens)
    }

    func graph(as identity: String = "admin") throws -> GraphClient {
        GraphClient(
            endpoint: configuration.endpoints.graph,
            caller: try caller(identity),
            transport: transport,
            time: time
        )
    }

    func resources(as identity: String = "admin") throws -> ResourceManagerClient {
        ResourceManagerClient(
            endpoint: configuration.endpoints.arm,
            caller: try caller(identity),
            transport: transport,
            time: time
        )
    }

    func iam() throws -> IAMClient {
        let facts = Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
        let found = try ResolvedCredentials.find(variables: facts, profiles: AWSProfiles())
        guard case .keys(let keys) = found.origin else { throw CredentialError.none }
        return IAMClient(
            transport: transport,
            endpoint: try AWSEndpoint.iam(partition: .aws, override: configuration.endpoints.iam),
            credentials: keys,
            time: time
        )
    }

    /// Advances the clock until all changes have replicated.
    func replicate() {
        time.clock.advance(by: .seconds(300))
    }
}

/// Records requests, and interrupts a run at one of them.
final class RequestLog: Sendable {
    private struct State {
        var transfers: [Transfer] = []
        var interruption: (count: Int, cut: @Sendable () -> Void)?
    }

    private let state = Mutex(State())

    @Sendable func record(_ transfer: Transfer) {
        let cut = state.withLock { state -> (@Sendable () -> Void)? in
            state.transfers.append(transfer)
            guard let interruption = state.interruption else { return nil }
            state.interruption = interruption.count > 1 ? (interruption.count - 1, interruption.cut) : nil
            return interruption.count == 1 ? interruption.cut : nil
        }
        cut?()
    }

    /// Calls `cut` at the `count`th request from now on.
    func interrupt(after count: Int, _ cut: @escaping @Sendable () -> Void) {
        state.withLock { $0.interruption = (count, cut) }
    }

    var transfers: [Transfer] { state.withLock { $0.transfers } }
}

extension SetupPlan {
    /// `kind state` of every object.
    var summary: [String] { objects.map { "\($0.id.kind.rawValue) \($0.state.rawValue)" } }

    func object(_ kind: SetupObject.Kind) throws -> SetupObject {
        try #require(objects.first { $0.id.kind == kind })
    }
}

/// Records the progress of a run.
final class ProgressLog: Sendable {
    private let steps = Mutex<[SetupProgress]>([])

    @Sendable func record(_ step: SetupProgress) { steps.withLock { $0.append(step) } }

    var all: [SetupProgress] { steps.withLock { $0 } }

    /// `kind: title` of every write.
    var writes: [String] {
        all.compactMap { step in
            guard case .writing(let title) = step.phase else { return nil }
            return "\(step.object.kind.rawValue): \(title)"
        }
    }
}
