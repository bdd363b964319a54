import Diagnosis
import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

@Suite(.limited) struct RoleInspectorTests {
    private static let unread = Failure(kind: .refused, code: "none", message: "No credentials.", fix: "")

    @Test func `a policy from a file has the age of the file's last change`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "trust-\(UUID().uuidString).json")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #"{"Version": "2012-10-17", "Statement": []}"#.write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        let time = ManualTime()
        let change = time.now - 7200
        try FileManager.default.setAttributes([.modificationDate: change], ofItemAtPath: path)
        var mapping = RoleMapping(
            id: "audit",
            identity: "i",
            audience: "api://x",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "s"
        )
        mapping.trustPolicyFile = path
        let inspector = RoleInspector(time: time) { _ in .failure(Self.unread) }
        let inspection = await inspector.inspection(of: mapping, issuer: nil)
        #expect(inspection.source == .file(path))
        #expect(inspection.policyDate == change)
        #expect(inspection.at == time.now)
        #expect(
            inspection.readings.map { $0.dated { "at \(time.now.timeIntervalSince($0))" } } == [
                "The trust policy was read from \(path), last changed at 7200.0. The policy in this file may be out of "
                    + "date."
            ]
        )
        #expect(inspection.problem == Self.unread)
        mapping.trustPolicyFile = nil
        let unread = await inspector.inspection(of: mapping, issuer: nil)
        #expect(unread.policyDate == time.now)
        #expect(unread.problem == Self.unread)
    }

    @Test func `a trust policy file that is absent is not reported as read`() async throws {
        var mapping = RoleMapping(
            id: "audit",
            identity: "i",
            audience: "api://x",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "s"
        )
        mapping.trustPolicyFile = "/nowhere/policy.json"
        let inspector = RoleInspector(time: ManualTime()) { _ in .failure(Self.unread) }
        let inspection = await inspector.inspection(of: mapping, issuer: nil)
        #expect(
            inspection.readings.map { $0.dated { "at \($0)" } } == [
                "The trust policy is unknown: /nowhere/policy.json cannot be read."
            ]
        )
        var evidence = Evidence(now: Date(timeIntervalSince1970: 0))
        evidence.add(inspection)
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "unreadable-trust-policy" })
        #expect(cause.evidence.contains("/nowhere/policy.json"))
        #expect(!cause.summary.contains("valid"))
    }

    @Test(arguments: [true, false])
    func `a read that was running when the role was invalidated is not kept`(dropsAll: Bool) async throws {
        let role = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
        let mapping = RoleMapping(
            id: "audit",
            identity: "i",
            audience: "api://x",
            roleARN: role,
            region: "eu-west-1",
            sessionName: "s"
        )
        let time = ManualTime()
        let connections = Mutex(0)
        let inspector = RoleInspector(time: time) { _ in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            if number == 1 { try? await time.sleep(for: .seconds(1)) }
            return .failure(Failure(kind: .refused, code: "\(number)", message: "", fix: ""))
        }
        let running = Task { await inspector.inspection(of: mapping, issuer: nil) }
        await time.waitForSleeper()
        await dropsAll ? inspector.removeAll() : inspector.invalidate(role)
        time.advance(by: .seconds(1))
        #expect(await running.value.problem?.code == "1")
        time.advance(by: .seconds(1))
        let next = await inspector.inspection(of: mapping, issuer: nil)
        // The connection to the account outlives a change of a role.
        #expect(next.problem?.code == (dropsAll ? "2" : "1"))
        #expect(next.at == time.now)
        time.advance(by: .seconds(10))
        #expect(await inspector.inspection(of: mapping, issuer: nil).at == next.at)
    }
}
