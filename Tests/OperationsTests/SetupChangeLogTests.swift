import Diagnosis
import Federation
import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite(.limited)
struct SetupChangeLogTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private static let principal = SetupObject.ID(.servicePrincipal, "security")

    /// Records the steps of an object, a second apart.
    private func record(
        _ phases: SetupProgress.Phase...,
        of object: SetupObject.ID = principal,
        for mappings: [RoleMapping.ID] = ["audit"],
        in directory: String?
    ) {
        for (second, phase) in phases.enumerated() {
            let progress = SetupProgress(object, phase)
            SetupChangeLog(directory: directory).record(progress, of: mappings, at: Self.now + Double(second))
        }
    }

    private func changes(_ directory: String, after seconds: Double = 10) -> SetupChangeLog.Changes {
        SetupChangeLog(directory: directory).changes(of: "audit", at: Self.now + seconds)
    }

    @Test func `for an hour, another process reads the changes that setup apply made`() throws {
        try withDirectory { directory in
            record(.done(changed: true), for: ["audit", "backup"], in: directory)
            #expect(changes(directory).latest == SetupChange(at: Self.now))
            #expect(changes(directory).kinds == [.servicePrincipal])
            let log = SetupChangeLog(directory: directory)
            #expect(log.changes(of: "other", at: Self.now).latest == nil)
            #expect(changes(directory, after: 3601).latest == nil)
        }
    }

    @Test func `a request without a response is an unconfirmed change`() throws {
        try withDirectory { directory in
            record(.reading, .writing("create"), in: directory)
            #expect(changes(directory).latest == SetupChange(at: Self.now + 1, isConfirmed: false))
            #expect(changes(directory).kinds == [.servicePrincipal])
        }
    }

    @Test func `a response confirms the change, even if setup is interrupted afterward`() throws {
        try withDirectory { directory in
            record(.writing("create"), .answered(isAccepted: true), in: directory)
            #expect(changes(directory).latest == SetupChange(at: Self.now + 1))
        }
    }

    @Test func `a refused write is not a change, but an earlier accepted one remains`() throws {
        try withDirectory { directory in
            record(.writing("create"), .answered(isAccepted: false), in: directory)
            #expect(changes(directory) == SetupChangeLog.Changes())
            record(
                .writing("create"),
                .answered(isAccepted: true),
                .writing("update"),
                .answered(isAccepted: false),
                in: directory
            )
            #expect(changes(directory).latest == SetupChange(at: Self.now + 1))
        }
    }

    @Test func `the latest object decides, and a removed object is not a change`() throws {
        try withDirectory { directory in
            record(.done(changed: true), in: directory)
            record(.reading, .reading, .writing("create"), of: SetupObject.ID(.role, "audit"), in: directory)
            #expect(changes(directory).latest == SetupChange(at: Self.now + 2, isConfirmed: false))
            #expect(changes(directory).kinds == [.servicePrincipal, .role])
            record(.removed, of: SetupObject.ID(.role, "audit"), in: directory)
            #expect(changes(directory).latest == SetupChange(at: Self.now))
            #expect(changes(directory).kinds == [.servicePrincipal])
        }
    }

    @Test func `log lines written by earlier versions are read as changes`() throws {
        try withDirectory { directory in
            let line = #"{"at":"\#(Self.now.formatted(.iso8601))","kind":"role","mapping":"audit"}"#
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try (line + "\n").write(
                toFile: directory + "/setup-changes.jsonl",
                atomically: true,
                encoding: .utf8
            )
            #expect(changes(directory).latest == SetupChange(at: Self.now))
            #expect(changes(directory).kinds == [.role])
        }
    }

    @Test func `the file stays small, and lines that cannot be read are skipped`() throws {
        try withDirectory { directory in
            record(.done(changed: true), in: directory)
            let path = directory + "/setup-changes.jsonl"
            let noise = String(repeating: "noise {\n", count: 300_000)
            try (String(contentsOfFile: path, encoding: .utf8) + noise)
                .write(toFile: path, atomically: true, encoding: .utf8)
            record(.reading, .done(changed: true), in: directory)
            #expect(try String(contentsOfFile: path, encoding: .utf8).utf8.count < 1000)
            #expect(changes(directory).latest == SetupChange(at: Self.now + 1))
        }
    }

    @Test func `without a state directory nothing is recorded`() {
        record(.done(changed: true), in: nil)
        #expect(
            SetupChangeLog(directory: nil).changes(of: "audit", at: Self.now) == SetupChangeLog.Changes()
        )
    }
}
