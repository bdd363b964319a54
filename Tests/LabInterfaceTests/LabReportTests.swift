import Foundation
import LabInterface
import TestSupport
import Testing

/// The report of a lab to its parent.
@Suite(.limited) struct LabReportTests {
    private static let report = LabReport(
        url: "http://127.0.0.1:1",
        configuration: "mappings:\n  audit: {}\r\n\u{2028}",
        environment: ["AWS_REGION": "eu-west-1", "CAMBIST_LAB_AWS_CONFIG_FILE": "/tmp/a\nb"],
        watched: ["audit"],
        directory: "/tmp/lab"
    )

    @Test func `a report is one line of JSON`() throws {
        let line = try Self.report.line()
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(try JSONDecoder().decode(LabReport.self, from: line) == Self.report)
    }

    @Test func `the lab's variables replace the machine's`() {
        let variables = Self.report.environment(over: [
            "AWS_REGION": "x", "HOME": "/", "AWS_CONFIG_FILE": "y",
        ])
        #expect(variables["AWS_REGION"] == "eu-west-1")
        #expect(variables["HOME"] == "/")
        #expect(variables["AWS_CONFIG_FILE"] == "/tmp/a\nb")
    }
}
