import ArgumentParser
import Console
import Drawing
import Federation
import Foundation
import Settings
import Testing

@testable import cambist

/// The README promises nothing that the program does not have, and leaves nothing out.
@Suite struct ReadmeTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../.."
    )
    private let text: String

    init() throws {
        text = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    }

    @Test func `its table of keys is that of the bindings`() {
        let rows = Binding.all.map { binding in
            let keys = binding.keys.map { "`\($0.label)`" }.joined(separator: " ")
            let panels = binding.panels?.map(\.panel.title).joined(separator: ", ") ?? "everywhere"
            return "| \(keys) | \(binding.help) | \(panels) |"
        }
        let table = (["| key | does | where |", "|---|---|---|"] + rows).joined(separator: "\n")
        #expect(text.contains("## Keys\n\n\(table)\n\n"), "it should be:\n\(table)")
    }

    @Test func `its table of commands is that of the program`() {
        let rows = Cambist.configuration.subcommands.map {
            "| `cambist \($0.configuration.commandName ?? "")` | \($0.configuration.abstract) |"
        }
        let table = (["| command | does |", "|---|---|"] + rows).joined(separator: "\n")
        #expect(text.contains("## Commands\n\n\(table)\n\n"), "it should be:\n\(table)")
    }

    @Test func `its configuration is accepted`() throws {
        let example = try #require(text.firstMatch(of: /```yaml\n((?s:.*?))```/)?.1)
        let file = try ConfigurationFile.read(text: String(example), path: "README.md", environment: [:])
        #expect(file.configuration.mappings.map(\.id) == ["audit"])
    }

    @Test func `its pictures and links are there`() {
        let links = text.matches(of: /\]\(([^)#]+)\)/).map { String($0.1) }
        #expect(!links.isEmpty)
        for link in links {
            #expect(FileManager.default.fileExists(atPath: root.appendingPathComponent(link).path), "\(link)")
        }
    }
}
