import ArgumentParser
import ConfigurationFile
import Console
import Drawing
import Federation
import Foundation
import LabInterface
import Operations
import TestSupport
import Testing

@testable import Simulator
@testable import cambist

/// The README agrees with the program.
///
/// `RECORD_README=1 swift test --filter ReadmeTests` rewrites its tables.
@Suite(.serialized, .limited) struct ReadmeTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../.."
    )
    private var file: URL { root.appendingPathComponent("README.md") }

    @Test func `the table of keys lists all bindings`() throws {
        let rows = Binding.all.map { binding in
            let keys = binding.keys.map { "`\($0.label)`" }.joined(separator: " ")
            let panels = binding.places
            return "| \(keys) | \(binding.help) | \(panels) |"
        }
        try expectTable(["| key | action | panels |", "|---|---|---|"] + rows, under: "## Keys\n\n")
    }

    @Test func `the table of commands lists all commands`() throws {
        let rows = Cambist.configuration.subcommands.map {
            "| `cambist \($0.configuration.commandName ?? "")` | \($0.configuration.abstract) |"
        }
        try expectTable(["| command | purpose |", "|---|---|"] + rows, under: "## Commands\n\n")
    }

    @Test func `the table of scenarios lists all scenarios`() throws {
        let rows = try BuiltInScenario.all.map { scenario in
            let note = scenario.name == BuiltInScenario.steady.name ? " (default)" : ""
            return "| `\(scenario.name)`\(note) | \(try Scenario.load(scenario.name).summary) |"
        }
        let others = [
            "| `scale`, `scale:N` | 10,000 or N mappings, all of which work |",
            "| the path of a file | as described in the file |",
        ]
        try expectTable(
            ["| scenario | state |", "|---|---|"] + rows + others,
            under: "`--scenario` chooses the state of the clouds:\n\n"
        )
    }

    @Test(arguments: [
        ("exit status", Operations.ExitStatus.allCases.map { "\($0.rawValue)" }),
        ("request", FleetRequest.Verb.allCases.map { "`\($0.rawValue)`" }),
    ])
    func `a table that is written by hand has a row for every value`(title: String, values: [String]) throws {
        let table = try #require(try read().split(separator: "\n| \(title) | ").last)
        let rows = table.prefix(upTo: table.firstRange(of: "\n\n")?.lowerBound ?? table.endIndex)
            .split(separator: "\n").dropFirst(2)
        #expect(rows.map { $0.split(separator: " | ")[0].dropFirst(2) } == values.map { $0[...] })
    }

    @Test func `the configuration example is valid`() throws {
        let text = try read()
        let example = try #require(text.firstMatch(of: /```yaml\n((?s:.*?))```/)?.1)
        let file = try ConfigurationFile.read(text: String(example), path: "README.md", environment: [:])
        #expect(file.configuration.mappings.map(\.id) == ["audit"])
    }

    @Test func `the targets of links and pictures exist`() throws {
        let text = try read()
        let links = text.matches(of: /\]\(([^)#]+)\)/).map { String($0.1) }
        #expect(!links.isEmpty)
        for link in links {
            #expect(FileManager.default.fileExists(atPath: root.appendingPathComponent(link).path), "\(link)")
        }
    }

    private func read() throws -> String {
        try String(contentsOf: file, encoding: .utf8)
    }

    /// Compares the table that follows `heading`, or writes it if `RECORD_README` is set.
    private func expectTable(_ rows: [String], under heading: String) throws {
        let text = try read()
        let start = try #require(text.range(of: heading)).upperBound
        let end = try #require(text.range(of: "\n\n", range: start..<text.endIndex)).lowerBound
        let table = String(text[start..<end])
        let expected = rows.joined(separator: "\n")
        guard ProcessInfo.processInfo.environment["RECORD_README"] != nil else {
            #expect(table == expected)
            return
        }
        try text.replacingCharacters(in: start..<end, with: expected)
            .write(to: file, atomically: true, encoding: .utf8)
    }
}
