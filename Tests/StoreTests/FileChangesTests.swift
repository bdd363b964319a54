import Foundation
import TestSupport
import Testing

@testable import Store

@Suite(.limited) struct FileChangesTests {
    @Test func `a write in a directory is reported`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let stream = try #require(FileChanges.stream(of: directory.path))
        var changes = stream.makeAsyncIterator()
        for number in 0..<3 {
            try Data("\(number)".utf8).write(to: directory.appendingPathComponent("file"))
            #expect(await changes.next() != nil)
        }
    }

    @Test func `a directory that does not exist cannot be watched`() {
        #expect(FileChanges.stream(of: "/nonexistent/\(UUID().uuidString)") == nil)
    }
}
