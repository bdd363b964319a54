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

    private let object = SetupObject.ID(.servicePrincipal, "security")

    @Test func `another process finds what a setup made, for an hour`() throws {
        try withDirectory { directory in
            SetupChangeLog(directory: directory).record(object, of: ["audit", "backup"], at: Self.now)
            let log = SetupChangeLog(directory: directory)
            let changes = log.changes(of: "audit", at: Self.now + 60)
            #expect(changes.latest == Self.now)
            #expect(changes.kinds == [.servicePrincipal])
            #expect(log.changes(of: "other", at: Self.now).latest == nil)
            #expect(log.changes(of: "audit", at: Self.now + 3601).latest == nil)
        }
    }

    @Test func `the file stays small, and lines that cannot be read are skipped`() throws {
        try withDirectory { directory in
            let log = SetupChangeLog(directory: directory)
            log.record(object, of: ["audit"], at: Self.now)
            let path = directory + "/setup-changes.jsonl"
            let noise = String(repeating: "noise {\n", count: 20_000)
            try (String(contentsOfFile: path, encoding: .utf8) + noise)
                .write(toFile: path, atomically: true, encoding: .utf8)
            log.record(object, of: ["audit"], at: Self.now + 1)
            #expect(try String(contentsOfFile: path, encoding: .utf8).utf8.count < 1000)
            #expect(log.changes(of: "audit", at: Self.now + 2).latest == Self.now + 1)
        }
    }

    @Test func `without a state directory nothing is recorded`() {
        let log = SetupChangeLog(directory: nil)
        log.record(object, of: ["audit"], at: Self.now)
        #expect(log.changes(of: "audit", at: Self.now) == SetupChangeLog.Changes())
    }
}
