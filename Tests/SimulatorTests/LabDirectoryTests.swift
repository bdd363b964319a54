import Foundation
import TestSupport
import Testing

@testable import Simulator

/// Temporary directories of labs.
@Suite(.limited) struct LabDirectoryTests {
    private func withParent(_ body: (URL) throws -> Void) throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "labs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: parent) }
        try body(parent)
    }

    private func names(_ parent: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: parent.path(percentEncoded: false)).sorted()
    }

    @Test func `the directory of a running lab is kept`() throws {
        try withParent { parent in
            let running = try LabDirectory(in: parent)
            LabDirectory.removeAbandoned(in: parent)
            #expect(try names(parent) == [running.url.lastPathComponent])
            running.remove()
            #expect(try names(parent).isEmpty)
        }
    }

    @Test func `only directories of killed labs are deleted`() throws {
        try withParent { parent in
            for name in ["cambist-lab-killed", "cambist-lab-young", "other"] {
                try FileManager.default.createDirectory(
                    at: parent.appending(path: name),
                    withIntermediateDirectories: true
                )
            }
            // A process that has ended holds no lock.
            for name in ["cambist-lab-killed", "other"] {
                try Data().write(to: parent.appending(path: "\(name)/lock"))
            }
            try Data("x".utf8).write(to: parent.appending(path: "cambist-lab-killed/secret"))
            LabDirectory.removeAbandoned(in: parent)
            #expect(try names(parent) == ["cambist-lab-young", "other"])
        }
    }
}
