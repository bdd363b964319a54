import Foundation
import LabInterface
import TestSupport
import Testing

@testable import Simulator

/// Built-in and user scenario files.
@Suite(.limited) struct ScenarioReaderTests {
    @Test(arguments: BuiltInScenario.names)
    func `a built-in scenario has no errors and a complete plan`(_ name: String) throws {
        let scenario = try Scenario.load(name)
        #expect(!scenario.summary.isEmpty)
        let plan = LabPlan(scenario, seed: Seed(value: 1), speed: Speed(factor: 1))
        #expect(plan.mappings.count == scenario.mappings.count)
    }

    @Test func `omitted keys have usable defaults`() throws {
        let text = """
            applications: {app: {identifier_uris: [api://x], assigned: [me]}}
            identities: {me: {}}
            mappings: {only: {}}
            """
        let scenario = try ScenarioReader.read(text, name: "mine", file: "mine.yaml")
        let mapping = try #require(scenario.mappings.first)
        #expect(mapping.identity == "me")
        #expect(mapping.application == "app")
        #expect(mapping.trust == ScenarioTrust())
        #expect(scenario.speed == 1)
    }

    @Test func `a mapping can have inline and managed session policies`() throws {
        let text = """
            applications: {app: {identifier_uris: [api://x], assigned: [me]}}
            identities: {me: {}}
            mappings:
              only:
                policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
                session_policy: |-
                  {"Version": "2012-10-17",
                   "Statement": []}
            """
        let scenario = try ScenarioReader.read(text, name: "mine", file: "mine.yaml")
        let mapping = try #require(scenario.mappings.first)
        #expect(mapping.policyARNs == ["arn:aws:iam::aws:policy/ReadOnlyAccess"])
        #expect(mapping.sessionPolicy == "{\"Version\": \"2012-10-17\",\n \"Statement\": []}")
    }

    @Test func `all errors are reported with their lines`() throws {
        let text = """
            speed: fast
            color: blue
            tenant_id: 7
            applications:
              app: {assigned: [missing], member_types: [Robot]}
            identities:
              me: {source: carrier-pigeon, attached: maybe}
            mappings:
              one: {identity: you, account: 111122223333, duration: 10, provider: {connection: bad}}
            cached_tokens: me
            """
        let problems = [
            "1: found \"fast\", want a number from 0.001 to 1000000.0",
            "2: unknown key color; known: ",
            "3: found \"7\", want a GUID",
            "5: found \"Robot\", want one of User, Application",
            "5: found \"missing\", want one of me",
            "7: found \"carrier-pigeon\", want one of imds, azure-arc, client-secret, client-certificate, ",
            "7: found \"maybe\", want true or false",
            "9: found \"you\", want one of me",
            "9: found \"10\", want a duration such as 90s, 15m, 1h30m, 2d",
            "10: found \"me\", want a list",
            "9: found \"bad\", want one of trusted, thumbprint-mismatch, unreachable, claim-rejected",
        ]
        let error = #expect(throws: LabError.self) {
            try ScenarioReader.read(text, name: "bad", file: "bad.yaml")
        }
        guard case .invalidScenario("bad.yaml", let found) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found.count == problems.count)
        for problem in problems {
            #expect(found.contains { $0.hasPrefix(problem) }, "\(problem)")
        }
    }

    @Test func `the error for a name without candidates says that there are none`() {
        let text = """
            applications: {app: {assigned: [me]}}
            mappings:
              spoke: {via: hub}
              hub: {}
            """
        let error = #expect(throws: LabError.self) {
            try ScenarioReader.read(text, name: "bad", file: "bad.yaml")
        }
        guard case .invalidScenario(_, let found) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(
            found.prefix(2) == [
                "1: found \"me\", want a name, but there are no identities",
                "3: found \"hub\", want a name, but there are no mappings above this one",
            ]
        )
    }

    @Test(arguments: ["", "mappings: [", "mappings: {}", "- a list", "just a text"])
    func `a file that is not a scenario is refused`(_ text: String) {
        #expect(throws: LabError.self) { try ScenarioReader.read(text, name: "bad", file: "bad.yaml") }
    }

    @Test func `the error for a missing file has its path`() {
        let error = #expect(throws: LabError.self) { try Scenario.load("/nowhere/at-all.yaml") }
        #expect(error?.description == "The scenario file /nowhere/at-all.yaml does not exist.")
    }

    @Test(arguments: ["/dev/zero", "/dev/", "FIFO"])
    func `a scenario that is not a regular file is refused at once`(_ path: String) throws {
        try Self.withDirectory { directory in
            let fifo = directory.appending(path: "scenario.yaml").path
            #expect(mkfifo(fifo, 0o600) == 0)
            let path = path == "FIFO" ? fifo : path
            let error = #expect(throws: LabError.self) { try Scenario.load(path) }
            #expect(error?.description == "The scenario file \(path) is not a regular file.")
        }
    }

    @Test func `a scenario file above 4 MB is refused with the limit`() throws {
        try Self.withDirectory { directory in
            let file = directory.appending(path: "scenario.yaml")
            try Data(repeating: UInt8(ascii: "#"), count: 4_194_305).write(to: file)
            let error = #expect(throws: LabError.self) { try Scenario.load(file.path) }
            #expect(error?.description == "The scenario file \(file.path) is larger than 4194304 bytes.")
        }
    }

    @Test func `a scenario file that is not UTF-8 is refused`() throws {
        try Self.withDirectory { directory in
            let file = directory.appending(path: "scenario.yaml")
            try Data([0x61, 0xFF]).write(to: file)
            let error = #expect(throws: LabError.self) { try Scenario.load(file.path) }
            #expect(error?.description == "The scenario file \(file.path) is not UTF-8 text.")
        }
    }

    private static func withDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "scenario-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    @Test(arguments: ["stedy", "scale:", "scale:0", "scale:-1", "scale:x", "scale:1:2"])
    func `the error for an unknown name lists the known names`(_ name: String) {
        #expect(
            throws: LabError.unknownScenario(name, known: BuiltInScenario.acceptedNames)
        ) { try Scenario.load(name) }
    }

    @Test(arguments: [("scale", 10_000), ("scale:1", 1), ("scale:7", 7)])
    func `scale has the requested number of mappings with unique names`(_ name: String, _ count: Int)
        throws
    {
        let scenario = try Scenario.load(name)
        #expect(Set(scenario.mappings.map(\.name)).count == count)
        #expect(scenario.mappings.allSatisfy { $0.account.count == 12 })
    }
}
