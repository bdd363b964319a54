import Foundation
import GRDB
import TestSupport
import Testing

/// Files of other versions of cambist.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct UpgradeTests {
    /// The history of version 0.1.0, whose tables had no watches.
    private static var firstHistory: String {
        get throws {
            let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            return try String(
                contentsOf: tests.appending(path: "StoreTests/Fixtures/exchanges.sql"),
                encoding: .utf8
            )
        }
    }

    /// Runs SQL in the history of a lab's user.
    private static func execute(_ sql: String, in lab: LabServer) throws {
        let state = lab.harness.path("state/cambist")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: "\(state)/history.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func `the history of the first version is migrated, and its exchanges are listed`() async throws {
        try await LabServer.with { lab in
            try Self.execute(Self.firstHistory, in: lab)
            let test = try await lab.cambist("test", "audit")
            #expect(test.status == 0, "\(test.errorOutput)")
            let history = try await lab.cambist("history", "--csv")
            #expect(history.status == 0 && history.errorOutput.isEmpty, "\(history.errorOutput)")
            #expect(history.output.contains("2027-01-15T08:01:00"), "\(history.output)")
            #expect(history.output.split(separator: "\n").count >= 4, "\(history.output)")
            let status = try await lab.cambist("wait", "audit", "--timeout", "60s")
            #expect(status.status == 0, "\(status.errorOutput)")
        }
    }

    @Test(arguments: ["exchange audit", "credential-process audit", "exec audit -- true", "test audit"])
    func `an older program reports in one line that the history is newer, and works`(_ command: String)
        async throws
    {
        try await LabServer.with { lab in
            _ = try await lab.cambist("test", "audit")
            try Self.execute("INSERT INTO grdb_migrations VALUES ('of the future')", in: lab)
            let text = try String(contentsOfFile: lab.configuration, encoding: .utf8)
            let file = try lab.harness.write(text + "\ncache: {store: none}\n", to: "uncached.yaml")
            let words = command.split(separator: " ").map(String.init)
            let result = try await lab.harness.cambist(words, ["CAMBIST_CONFIG": file])
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(result.isOneLine, "\(result.errorOutput)")
            #expect(result.errorOutput.contains("was written by a later version of cambist"))
            let history = try await lab.harness.cambist(["history"], ["CAMBIST_CONFIG": file])
            #expect(history.status == 70)
            #expect(history.errorOutput.contains("was written by a later version"), "\(history.errorOutput)")
        }
    }
}
