import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite struct SourceReportTests {
    private func reports(
        _ variables: [String: String] = [:],
        files: Set<String> = [],
        imds: ScriptedReply = .answer(400)
    ) async throws -> [TokenSourceKind: SourceReport] {
        try await SourceHarness.run { _ in
            imds
        } work: { bench in
            let survey = await bench.sources(variables, files: files).survey()
            return Dictionary(uniqueKeysWithValues: survey.sources.map { ($0.kind, $0) })
        }
    }

    @Test func `every source is reported, auto aside`() async throws {
        #expect(try await Set(reports().keys) == Set(TokenSourceKind.allCases).subtracting([.auto]))
    }

    @Test func `on a bare virtual machine instance metadata is there and chosen`() async throws {
        let reports = try await reports()
        #expect(reports[.imds]?.isUsable == true)
        #expect(reports.values.filter(\.isChosen).map(\.kind) == [.imds])
        #expect(reports[.imds]?.reason == "no variable names another source")
        #expect(reports[.appService]?.obstacle == "IDENTITY_ENDPOINT is missing")
        #expect(reports[.azureArc]?.isUsable == false)
        #expect(reports[.azureCLI]?.obstacle == "the program az is missing")
    }

    @Test(arguments: [ScriptedReply.answer(404), .answer(200), ScriptedReply(.close)])
    func `whatever does not ask for the header is not instance metadata`(reply: ScriptedReply) async throws {
        #expect(try await reports(imds: reply)[.imds]?.obstacle == "nothing answers at its address")
    }

    @Test func `the probe asks without the header and takes no token`() async throws {
        try await SourceHarness.run { _ in
            .answer(400)
        } work: { bench in
            _ = await bench.sources().survey()
            let seen = try #require(bench.server.requests.first)
            #expect(bench.server.requests.count == 1)
            #expect(seen.header("Metadata") == nil)
            #expect(!seen.target.contains("resource"))
        }
    }

    @Test func `on App Service its variables decide`() async throws {
        let reports = try await reports([
            "IDENTITY_ENDPOINT": "http://127.0.0.1:1/", "IDENTITY_HEADER": "hush",
        ])
        #expect(reports[.appService]?.isChosen == true)
        #expect(reports[.appService]?.reason == "IDENTITY_ENDPOINT, IDENTITY_HEADER are set")
        #expect(!"\(reports)".contains("hush"))
    }

    @Test func `an Arc agent and a CLI are found by their files`() async throws {
        let files: Set = ["/opt/azcmagent/bin/himds", "/tools/az"]
        let reports = try await reports(["PATH": "/bin:/tools"], files: files)
        #expect(reports[.azureArc]?.isChosen == true)
        #expect(reports[.azureArc]?.isUsable == true)
        #expect(reports[.azureCLI]?.isUsable == true)
    }

    /// What a survey says of one identity.
    private func report(
        for identity: ManagedIdentity,
        _ variables: [String: String] = [:],
        files: Set<String> = [],
        imds: ScriptedReply = .answer(400)
    ) async throws -> SourceReport? {
        try await SourceHarness.run { _ in
            imds
        } work: { bench in
            let sources = bench.sources(variables, identities: [identity], files: files)
            return await sources.survey().identities[identity.id]
        }
    }

    @Test func `an identity's source tells what is missing and what decided`() async throws {
        let report = try await report(for: Fixture.identity(.command))
        #expect(report?.kind == .command)
        #expect(report?.obstacle == "command is missing")
        #expect(report?.reason == "the configuration says source: command")
    }

    @Test func `an identity's source lacks what the host lacks`() async throws {
        let nowhere = try await report(for: Fixture.identity(.auto), imds: .answer(404))
        #expect(nowhere?.kind == .imds)
        #expect(nowhere?.obstacle == "nothing answers at its address")
        let command = Fixture.identity(.command, TokenSourceSettings(command: ["ssh", "vm1"]))
        #expect(try await report(for: command)?.obstacle == "the program ssh is missing")
        #expect(try await report(for: command, ["PATH": "/bin"], files: ["/bin/ssh"])?.isUsable == true)
        let file = Fixture.identity(.file, TokenSourceSettings(tokenFile: "/run/token"))
        #expect(try await report(for: file)?.obstacle == "the file /run/token is missing")
        #expect(try await report(for: file, files: ["/run/token"])?.isUsable == true)
    }

    @Test func `the variables that decide are named and never shown`() async throws {
        try await SourceHarness.run { _ in
            .answer(400)
        } work: { bench in
            let variables = [
                "AZURE_CLIENT_ID": "hush", "MSI_SECRET": "hush", "HOME": "hush", "IMDS_ENDPOINT": "",
            ]
            let survey = await bench.sources(variables).survey()
            #expect(survey.variables == ["AZURE_CLIENT_ID", "MSI_SECRET"])
            #expect(!"\(survey)".contains("hush"))
        }
    }
}
