import Federation
import Foundation
import TestSupport
import Testing

@testable import Operations

/// The shared credentials file of AWS's tools.
@Suite(.limited) struct CredentialsFileWriterTests {
    @Test func `chmod is not the fix for a file that is too large or not regular`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let large = directory.appendingPathComponent("large").path
        let folder = directory.appendingPathComponent("folder")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(count: (4 << 20) + 1).write(to: URL(filePath: large))
        let credentials = try SessionCredentials.sample()
        for path in [large, folder.path] {
            let writer = CredentialsFileWriter(environment: ["AWS_SHARED_CREDENTIALS_FILE": path])
            let error = #expect(throws: CommandFailure.self) {
                try writer.write(credentials, profile: "audit")
            }
            #expect(error?.code == "not-read")
            #expect(error?.fix.contains("AWS_SHARED_CREDENTIALS_FILE") == true)
            #expect(error?.fix.contains("chmod") == false)
        }
        #expect(try Data(contentsOf: URL(filePath: large)).count == (4 << 20) + 1)
    }
}
