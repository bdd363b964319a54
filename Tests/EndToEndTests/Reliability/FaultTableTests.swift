import Foundation
import TestSupport
import Testing

/// The table of faults is complete, and the README shows it.
///
/// `RECORD_README=1 swift test --filter FaultTableTests` rewrites the table in the README.
@Suite(.limited) struct FaultTableTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    @Test func `every external component and every fault has a row`() {
        #expect(Set(FaultRow.all.map(\.component)) == Set(ExternalComponent.allCases))
        #expect(Set(FaultRow.all.flatMap(\.faults)) == Set(Fault.allCases))
    }

    @Test(arguments: FaultRow.all.compactMap(\.suite))
    func `the suite of a row exists`(_ suite: String) throws {
        let tests = Self.root.appending(path: "Tests").path
        let files = FileManager.default.enumerator(atPath: tests)?.allObjects as? [String] ?? []
        #expect(files.contains { $0.hasSuffix("/\(suite).swift") })
    }

    @Test func `the README has the table`() throws {
        let file = Self.root.appending(path: "README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let head = "| component | fault | command | status | output contains | resulting state |"
        let start = try #require(text.range(of: head)).lowerBound
        let end = try #require(text.range(of: "\n\n", range: start..<text.endIndex)).lowerBound
        let rows = ExternalComponent.allCases.flatMap { component in
            FaultRow.all.filter { $0.component == component }
        }
        let lines = rows.map { row in
            let faults = row.faults.map(\.rawValue).joined(separator: ", ")
            let message = row.message.trimmingCharacters(in: .whitespaces)
            let seen = message.isEmpty ? row.suite.map { "see `\($0)`" } ?? "–" : "`\(message)`"
            let status = row.status.map(String.init) ?? "–"
            let kept = row.kept == .nothing ? "–" : row.kept.rawValue
            return
                "| \(row.component.rawValue) | \(faults) | `\(row.command)` | \(status) | \(seen) | \(kept) |"
        }
        let table = ([head, "|---|---|---|---|---|---|"] + lines).joined(separator: "\n")
        guard ProcessInfo.processInfo.environment["RECORD_README"] != nil else {
            #expect(String(text[start..<end]) == table)
            return
        }
        try text.replacingCharacters(in: start..<end, with: table)
            .write(to: file, atomically: true, encoding: .utf8)
    }
}
