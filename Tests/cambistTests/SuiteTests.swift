import Foundation
import TestSupport
import Testing

/// The suites of this package.
@Suite(.limited) struct SuiteTests {
    @Test func `every file with tests limits how many of them run at a time`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        var unlimited: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            let hasTests = text.contains("\n    @Test")
            let traits = [".limited", ".computing"].flatMap { ["@Suite(\($0))", ", \($0))"] }
            if hasTests, !traits.contains(where: text.contains) { unlimited.append(file.lastPathComponent) }
        }
        #expect(unlimited == [])
    }
}
