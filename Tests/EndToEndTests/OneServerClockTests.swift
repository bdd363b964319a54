import Foundation
import TestSupport
import Testing

/// The clock of one cloud is off, and this host's agrees with the other.
@Suite(.serialized, .timeLimit(.minutes(30)), .limited)
struct OneServerClockTests {
    private struct Explanation: Decodable {
        struct Cause: Decodable {
            let id: String
            let summary: String
            let commands: [String]
        }

        let causes: [Cause]
    }

    private struct Tested: Decodable {
        struct Mapping: Decodable {
            let outcome: String
        }

        let mappings: [Mapping]
    }

    /// Runs `work` with a lab of one mapping whose clouds have these clocks.
    private func withClocks(_ clocks: String, _ work: (LabServer) async throws -> Void) async throws {
        try await Harness.with { harness in
            let scenario = try harness.write(
                """
                clocks: {\(clocks)}
                applications:
                  app: {identifier_uris: ["api://app"], assigned: [me]}
                identities: {me: {}}
                mappings: {audit: {identity: me, account: "111122223333"}}
                """,
                to: "clocks.yaml"
            )
            try await LabServer.with(["--scenario", scenario], work)
        }
    }

    @Test(arguments: ["aws: 10m", "aws: 50m", "azure: -10m"])
    func `a mapping works although one cloud's clock is off by minutes`(_ clocks: String) async throws {
        try await withClocks(clocks) { lab in
            let result = try await lab.cambist("test", "audit", "--json")
            let report = try JSONDecoder().decode(Tested.self, from: Data(result.output.utf8))
            #expect(report.mappings.map(\.outcome) == ["ok"], "\(clocks): \(result)")
        }
    }

    @Test(arguments: ["aws: 10m", "aws: -20m", "azure: 20m", "azure: -20m"])
    func `explain names the server whose clock is off, and test shows the offset`(_ clocks: String)
        async throws
    {
        try await withClocks(clocks) { lab in
            let answer = try await lab.cambist("explain", "audit", "--json")
            let explanation = try JSONDecoder().decode(Explanation.self, from: Data(answer.output.utf8))
            let cause = try #require(explanation.causes.first, "\(answer)")
            #expect(cause.id == "clock-offset", "\(answer)")
            #expect(cause.summary.contains(clocks.hasPrefix("aws") ? "AWS" : "Azure"), "\(cause.summary)")
            let test = try await lab.cambist("test", "audit")
            #expect(test.output.contains("clock"), "\(test)")
        }
    }

    /// The clocks of a scenario, and the judgment that every command prints.
    static let judgments = [
        ("aws: 10m, azure: 10m", "This host's clock is"), ("aws: 10m", "The clock at AWS is"),
        ("azure: 20m", "The clock at Azure is"), ("azure: 20m, aws: -20m", "no two clocks agree"),
        ("azure: -26h", "The clock at Azure is"),
    ]

    @Test(arguments: judgments)
    func `explain, test, and doctor judge the clocks alike`(clocks: String, text: String) async throws {
        try await withClocks(clocks) { lab in
            let answer = try await lab.cambist("explain", "audit", "--json")
            let explanation = try JSONDecoder().decode(Explanation.self, from: Data(answer.output.utf8))
            let cause = try #require(explanation.causes.first, "\(answer)")
            #expect(cause.summary.contains(text), "\(cause.summary)")
            let isHost = text.hasPrefix("This host")
            #expect(explanation.causes.flatMap(\.commands).contains("timedatectl set-ntp true") == isHost)
            let test = try await lab.cambist("test", "audit")
            #expect(test.output.contains(text), "\(test)")
            let tested = try await lab.cambist("test", "audit", "--json")
            #expect(tested.output.contains(text), "\(tested)")
            let others = ["This host's clock is", "The clock at AWS is", "The clock at Azure is"]
            for other in others where text != other {
                #expect(!test.output.contains(other), "\(test)")
            }
            let doctor = try await lab.cambist("doctor")
            #expect(doctor.status == 0)
            #expect(doctor.output.contains(text), "\(doctor)")
            #expect(doctor.output.contains("!! clocks"), "\(doctor)")
            #expect(!doctor.output.contains("no check of this host found a problem"))
        }
    }
}
