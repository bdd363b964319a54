import Foundation
import Testing

@testable import Simulator

/// What labs leave in the temporary directory.
struct LabDirectoryTests {
    private func withParent(_ body: (URL) throws -> Void) throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "labs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: parent) }
        try body(parent)
    }

    private func names(_ parent: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: parent.path(percentEncoded: false)).sorted()
    }

    @Test func `the directory of a lab that runs stays`() throws {
        try withParent { parent in
            let running = try LabDirectory(in: parent)
            LabDirectory.sweep(parent)
            #expect(try names(parent) == [running.url.lastPathComponent])
            running.remove()
            #expect(try names(parent).isEmpty)
        }
    }

    @Test func `the directory of a lab that was killed goes, and nothing else`() throws {
        try withParent { parent in
            for name in ["cambist-lab-killed", "cambist-lab-young", "other"] {
                try FileManager.default.createDirectory(
                    at: parent.appending(path: name),
                    withIntermediateDirectories: true
                )
            }
            // A process that ended holds no lock.
            for name in ["cambist-lab-killed", "other"] {
                try Data().write(to: parent.appending(path: "\(name)/lock"))
            }
            try Data("x".utf8).write(to: parent.appending(path: "cambist-lab-killed/secret"))
            LabDirectory.sweep(parent)
            #expect(try names(parent) == ["cambist-lab-young", "other"])
        }
    }
}
