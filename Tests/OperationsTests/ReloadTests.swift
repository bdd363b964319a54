import AWS
import Azure
import CredentialDelivery
import Diagnosis
import ExchangeEngine
import Federation
import Foundation
import Simulator
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Operations

/// A reload of the configuration while its services are in use.
@Suite(.timeLimit(.minutes(30)), .limited)
struct ReloadTests {
    /// Two labs with different tenants, keys, and addresses, and a configuration file for one of them.
    private struct Harness {
        struct LabSide {
            let lab: RunningLab
            let paths: Requests
            let profile: String

            var configuration: String { lab.configurationText + "  aws_profile: \(profile)\n" }

            func labVariable(_ name: String) throws -> String {
                try #require(lab.environment.first { $0.name == name }?.value, "\(name)")
            }
        }

        /// The paths of the requests to a lab.
        final class Requests: Sendable {
            private let paths = Mutex<[String]>([])

            func add(_ path: String) { paths.withLock { $0.append(path) } }
            func count(_ part: String = "") -> Int {
                paths.withLock { $0.count { part.isEmpty || $0.contains(part) } }
            }
        }

        let directory: URL
        let before: LabSide
        let after: LabSide
        let context: ApplicationContext

        static func with(_ body: (Harness) async throws -> Void) async throws {
            let directory = FileManager.default.temporaryDirectory.appending(
                path: "reload-\(UUID().uuidString)"
            )
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let before = try await side(seed: 11, "before")
            let after = try await side(seed: 22, "after")
            let result: Result<Void, any Error>
            do {
                let harness = try Harness(directory, before, after)
                do {
                    try await body(harness)
                    result = .success(())
                } catch {
                    result = .failure(error)
                }
                await harness.context.close()
            } catch {
                result = .failure(error)
            }
            await before.lab.stop()
            await after.lab.stop()
            try? FileManager.default.removeItem(at: directory)
            try result.get()
        }

        private static func side(seed: UInt64, _ profile: String) async throws -> LabSide {
            let paths = Requests()
            let options = LabOptions(seed: seed) { paths.add($0.path) }
            return LabSide(
                lab: try await Lab.start(options, time: SystemTime()),
                paths: paths,
                profile: profile
            )
        }

        private init(_ directory: URL, _ before: LabSide, _ after: LabSide) throws {
            (self.directory, self.before, self.after) = (directory, before, after)
            let profiles = try [before, after].map { side in
                """
                [profile \(side.profile)]
                aws_access_key_id = \(try side.labVariable("AWS_ACCESS_KEY_ID"))
                aws_secret_access_key = \(try side.labVariable("AWS_SECRET_ACCESS_KEY"))
                region = eu-west-1

                """
            }
            try profiles.joined().write(
                to: directory.appending(path: "aws"),
                atomically: true,
                encoding: .utf8
            )
            let file = directory.appending(path: "cambist.yaml")
            try before.configuration.write(to: file, atomically: true, encoding: .utf8)
            let options = ContextOptions(
                configurationPath: file.path,
                variables: [
                    "HOME": directory.path, "XDG_STATE_HOME": directory.appending(path: "state").path,
                    "AWS_CONFIG_FILE": directory.appending(path: "aws").path,
                ],
                warn: { _ in }
            )
            context = try ApplicationContext.open(try ConfigurationText.find(options), options)
        }

        func write(_ text: String) throws {
            try text.write(to: directory.appending(path: "cambist.yaml"), atomically: true, encoding: .utf8)
        }
    }

    @Test func `after a reload, all services use the new identity, addresses, and credentials`() async throws
    {
        try await Harness.with { harness in
            let context = harness.context
            let old = try context.mapping("audit")
            let oldIdentity = context.configuration.current.identity(of: old)
            #expect(await context.engine.exchange(old).record.outcome == .ok)
            _ = await context.explain.evidence(of: old)
            #expect(harness.before.paths.count("graph") > 0)
            #expect(try context.operatorCredentials.found().source.contains("before"))

            try harness.write(harness.after.configuration)
            _ = try await context.reload()
            let requests = harness.before.paths.count()

            let mapping = try context.mapping("audit")
            let identity = context.configuration.current.identity(of: mapping)
            #expect(identity != oldIdentity)
            // Token source and STS.
            let exchange = await context.engine.exchange(mapping)
            #expect(exchange.record.outcome == .ok)
            #expect(
                exchange.record.token?.claims.tenantID == (try harness.after.labVariable("AZURE_TENANT_ID"))
            )
            // Issuer keys.
            let token = try #require(exchange.token)
            #expect(await context.signature(of: token) == .verified)
            // Sign-in.
            let credentials = try #require(exchange.credentials)
            let url = try await context.signInURL(for: mapping, credentials).reveal()
            #expect(url.contains(harness.after.lab.url.port.map { ":\($0)/" } ?? "none"))
            // Operator credentials, IAM, and the directory's assignments.
            #expect(try context.operatorCredentials.found().source.contains("after"))
            let evidence = await context.explain.evidence(of: mapping).evidence
            #expect(evidence.assignment?.assigned != nil)
            #expect(harness.after.paths.count("graph") > 0)
            #expect(harness.after.paths.count("iam") > 0)
            let assigned = await AppRoleAssignmentLookup(context.clients)?.date(of: mapping)
            #expect(assigned != nil)

            #expect(harness.before.paths.count() == requests, "nothing is sent to the old addresses")
        }
    }

    @Test func `after a reload, the keyring entry of the new identity is removed`() async throws {
        try await Harness.with { harness in
            let context = harness.context
            try harness.write(harness.after.configuration)
            _ = try await context.reload()
            let current = context.configuration.current
            let mapping = try context.mapping("audit")
            let credentials = try #require(await context.engine.exchange(mapping).credentials)
            var cache = CredentialCache(current, variables: context.variables, reportError: { _ in })
            cache.keep(credentials, for: mapping, of: current.identity(of: mapping), at: context.time.now)
            // Without a keyring in the kernel, there is no entry to remove.
            guard
                cache.credentials(for: mapping, of: current.identity(of: mapping), at: context.time.now)
                    != nil
            else { return }
            context.removeStoredCredentials(of: mapping)
            let left = cache.credentials(
                for: mapping,
                of: current.identity(of: mapping),
                at: context.time.now
            )
            #expect(left == nil)
        }
    }

    @Test func `an invalid file keeps the current configuration and names the problem`() async throws {
        try await Harness.with { harness in
            let before = harness.context.configuration.current
            try harness.write("mappings: [")
            let failure = await #expect(throws: CommandFailure.self) {
                _ = try await harness.context.reload()
            }
            #expect(failure?.status == .configuration)
            #expect(failure?.messages.isEmpty == false)
            #expect(harness.context.configuration.current == before)
            let mapping = try harness.context.mapping("audit")
            #expect(await harness.context.engine.exchange(mapping).record.outcome == .ok)
        }
    }

    @Test func `a change of the network settings is reported to require a restart`() async throws {
        try await Harness.with { harness in
            try harness.write(harness.before.configuration + "network:\n  no_proxy: [example.org]\n")
            #expect(try await harness.context.reload().warning?.contains("restart") == true)
        }
    }
}
