import Federation
import Foundation
import TestSupport
import Testing

@testable import Operations

/// The text of the configuration file.
@Suite(.timeLimit(.minutes(30)), .limited)
struct ConfigurationTextTests {
    @Test(arguments: ["/dev/zero", "/dev/null", "/dev", "FIFO"])
    func `a configuration that is not a regular file is refused at once`(_ path: String) throws {
        try Self.withDirectory { directory in
            let fifo = directory.appending(path: "config.yaml").path
            #expect(mkfifo(fifo, 0o600) == 0)
            let path = path == "FIFO" ? fifo : path
            let failure = #expect(throws: CommandFailure.self) { try Self.find(path) }
            #expect(failure?.status == .configuration)
            #expect(failure?.code == "unreadable-configuration")
            #expect(failure?.messages == ["The configuration \(path) is not a regular file."])
        }
    }

    @Test func `a configuration is read up to 4 MB`() throws {
        try Self.withDirectory { directory in
            let file = directory.appending(path: "config.yaml")
            var data = Data(repeating: UInt8(ascii: "#"), count: 4_194_304)
            try data.write(to: file)
            #expect(try Self.find(file.path).text.utf8.count == 4_194_304)
            data.append(UInt8(ascii: "#"))
            try data.write(to: file)
            let failure = #expect(throws: CommandFailure.self) { try Self.find(file.path) }
            #expect(failure?.status == .configuration)
            #expect(failure?.messages == ["The configuration \(file.path) is larger than 4194304 bytes."])
            #expect(failure?.fix.contains("4 MB") == true)
        }
    }

    @Test func `a configuration that is not UTF-8 is refused`() throws {
        try Self.withDirectory { directory in
            let file = directory.appending(path: "config.yaml")
            try Data([0x61, 0xFF]).write(to: file)
            let failure = #expect(throws: CommandFailure.self) { try Self.find(file.path) }
            #expect(failure?.status == .configuration)
            #expect(failure?.messages == ["The configuration \(file.path) is not UTF-8 text."])
        }
    }

    private static func find(_ path: String) throws(CommandFailure) -> ConfigurationText {
        try ConfigurationText.find(ContextOptions(configurationPath: path, variables: [:], warn: { _ in }))
    }

    private static func withDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }
}
