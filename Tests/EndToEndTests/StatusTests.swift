import Foundation
import TestSupport
import Testing

/// `cambist status` against a lab that counts requests.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct StatusTests {
    private struct Report: Decodable {
        struct Mapping: Decodable {
            let name: String
            let state: String
            let since: String?
            let credentialExpiry: String?
            let lastOutcome: String?
            let lastAt: String?
            let cause: String?
        }
        let version: Int
        let mappings: [Mapping]
    }

    private func states(_ text: String) throws -> [String: Report.Mapping] {
        let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        #expect(report.version == 1)
        return Dictionary(uniqueKeysWithValues: report.mappings.map { ($0.name, $0) })
    }

    @Test func `status shows the history's states and sends no request`() async throws {
        try await LabServer.with { lab in
            let before = try await lab.cambist("status", "--json")
            #expect(before.status == 0)
            #expect(try states(before.output).values.allSatisfy { $0.state == "idle" && $0.lastAt == nil })
            _ = try await lab.cambist("test", "audit", "payroll")
            let requests = try lab.requests("")
            #expect(requests > 0)
            let result = try await lab.cambist("status", "--json")
            #expect(result.status == 1)
            #expect(result.errorOutput.isEmpty)
            let states = try states(result.output)
            #expect(states["audit"]?.state == "live")
            #expect(states["audit"]?.credentialExpiry != nil)
            #expect(states["payroll"]?.state == "failing")
            #expect(states["payroll"]?.cause == "AccessDenied")
            #expect(states["payroll"]?.since != nil)
            let table = try await lab.cambist("status", "audit", "payroll")
            #expect(table.status == 1)
            #expect(table.output.contains(/audit +live +[0-9]+s +[0-9]+m/), "\(table.output)")
            let short = try await lab.cambist("status", "--short", "audit")
            #expect(short.status == 0)
            #expect(short.output.wholeMatch(of: /live [0-9]+m\n/) != nil, "\(short.output)")
            let worst = try await lab.cambist("status", "--short")
            #expect(worst.status == 1)
            #expect(worst.output == "failing\n")
            #expect(try lab.requests("") == requests, "status sent a request")
        }
    }

    @Test func `--watch prints again when another process has exchanged`() async throws {
        try await LabServer.with { lab in
            let environment = lab.harness.environment.merging(["CAMBIST_CONFIG": lab.configuration]) { $1 }
            let arguments = ["status", "audit", "--watch", "--json"]
            let result = try await RunningProcess.with(lab.harness, arguments, environment) { process in
                try await process.waitForOutput("the idle mapping") { $0.contains(#""state":"idle""#) }
                _ = try await lab.cambist("test", "audit")
                try await process.waitForOutput("the live mapping") { $0.contains(#""state":"live""#) }
            }
            #expect(
                result.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }
            )
        }
    }

    @Test func `an unknown mapping is a usage error`() async throws {
        try await LabServer.with { lab in
            let result = try await lab.cambist("status", "nowhere")
            #expect(result.status == 64)
            #expect(result.isOneLine)
        }
    }
}
