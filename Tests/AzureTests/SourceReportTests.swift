import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct SourceReportTests {
    private func reports(
        _ variables: [String: String] = [:],
        files: Set<String> = [],
        imds: ScriptedReply = .answer(400)
    ) async throws -> [TokenSourceKind: SourceReport] {
        try await SourceHarness.run { _ in
            imds
        } work: { harness in
            let survey = await harness.sources(variables, files: files).survey()
            return Dictionary(uniqueKeysWithValues: survey.sources.map { ($0.kind, $0) })
        }
    }

    @Test func `every kind of source but auto is declared once`() {
        let kinds = SourceDeclaration.all.map(\.kind)
        #expect(Set(kinds) == Set(TokenSourceKind.allCases).subtracting([.auto]))
        #expect(kinds.count == Set(kinds).count)
    }

    @Test func `every source but auto is reported`() async throws {
        #expect(try await Set(reports().keys) == Set(TokenSourceKind.allCases).subtracting([.auto]))
    }

    @Test func `instance metadata is selected on a virtual machine without variables`() async throws {
        let reports = try await reports()
        #expect(reports[.imds]?.isUsable == true)
        #expect(reports.values.filter(\.isChosen).map(\.kind) == [.imds])
        #expect(reports[.imds]?.reason == "no environment variable selects another source")
        #expect(reports[.appService]?.obstacle == "IDENTITY_ENDPOINT is missing")
        #expect(
            reports[.azureArc]?.obstacle
                == "neither the variables IDENTITY_ENDPOINT and IMDS_ENDPOINT nor the agent's files exist"
        )
        #expect(reports[.azureCLI]?.obstacle == "the program az is missing")
    }

    @Test(arguments: [ScriptedReply.answer(404), .answer(200), ScriptedReply(.close)])
    func `a server that does not require the header is not instance metadata`(reply: ScriptedReply)
        async throws
    {
        #expect(try await reports(imds: reply)[.imds]?.obstacle == "the service does not respond")
    }

    @Test func `the probe has no header and requests no token`() async throws {
        try await SourceHarness.run { _ in
            .answer(400)
        } work: { harness in
            _ = await harness.sources().survey()
            let seen = try #require(harness.server.requests.first)
            #expect(harness.server.requests.count == 1)
            #expect(seen.header("Metadata") == nil)
            #expect(!seen.target.contains("resource"))
        }
    }

    @Test func `the variables of App Service select it`() async throws {
        let reports = try await reports([
            "IDENTITY_ENDPOINT": "http://127.0.0.1:1/", "IDENTITY_HEADER": "hush",
        ])
        #expect(reports[.appService]?.isChosen == true)
        #expect(reports[.appService]?.reason == "IDENTITY_ENDPOINT, IDENTITY_HEADER are set")
        #expect(!"\(reports)".contains("hush"))
    }

    @Test func `the Arc agent and the Azure CLI are detected by their files`() async throws {
        let files: Set = ["/opt/azcmagent/bin/himds", "/tools/az"]
        let reports = try await reports(["PATH": "/bin:/tools"], files: files)
        #expect(reports[.azureArc]?.isChosen == true)
        #expect(reports[.azureArc]?.isUsable == true)
        #expect(reports[.azureCLI]?.isUsable == true)
    }

    @Test func `the Arc agent is usable although other variables select another source`() async throws {
        let variables = [
            "AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/run/token",
        ]
        let reports = try await reports(variables, files: ["/opt/azcmagent/bin/himds"])
        #expect(reports[.workloadIdentity]?.isChosen == true)
        #expect(reports[.azureArc]?.isChosen == false)
        #expect(reports[.azureArc]?.isUsable == true)
    }

    /// Returns the report on one identity.
    private func report(
        for identity: ManagedIdentity,
        _ variables: [String: String] = [:],
        files: Set<String> = [],
        imds: ScriptedReply = .answer(400)
    ) async throws -> SourceReport? {
        try await SourceHarness.run { _ in
            imds
        } work: { harness in
            let sources = harness.sources(variables, identities: [identity], files: files)
            return await sources.survey().identities[identity.id]
        }
    }

    @Test func `the report on an identity names the missing setting and the reason`() async throws {
        let report = try await report(for: Fixture.identity(.command))
        #expect(report?.kind == .command)
        #expect(report?.obstacle == "command is missing")
        #expect(report?.reason == "source: command in the configuration")
    }

    @Test func `the report on an identity names the missing part of the host`() async throws {
        let nowhere = try await report(for: Fixture.identity(.auto), imds: .answer(404))
        #expect(nowhere?.kind == .imds)
        #expect(nowhere?.obstacle == "the service does not respond")
        let command = Fixture.identity(.command, TokenSourceSettings(command: ["ssh", "vm1"]))
        #expect(try await report(for: command)?.obstacle == "the program ssh is missing")
        #expect(try await report(for: command, ["PATH": "/bin"], files: ["/bin/ssh"])?.isUsable == true)
        let file = Fixture.identity(.file, TokenSourceSettings(tokenFile: "/run/token"))
        #expect(try await report(for: file)?.obstacle == "the file /run/token is missing")
        #expect(try await report(for: file, files: ["/run/token"])?.isUsable == true)
    }

    @Test func `the relevant variables are named and their values never shown`() async throws {
        try await SourceHarness.run { _ in
            .answer(400)
        } work: { harness in
            let variables = [
                "AZURE_CLIENT_ID": "hush", "MSI_SECRET": "hush", "HOME": "hush", "IMDS_ENDPOINT": "",
            ]
            let survey = await harness.sources(variables).survey()
            #expect(survey.variables == ["AZURE_CLIENT_ID", "MSI_SECRET"])
            #expect(!"\(survey)".contains("hush"))
        }
    }
}
