import Federation
import TestSupport
import Testing

@testable import ConfigurationFile

@Suite(.limited) struct StarterFileTests {
    private static let text =
        StarterFile(
            actions: [ConsoleAction(name: "retest", key: "#", help: "exchange again")],
            schema: "config.schema.json"
        ).text

    /// Returns the starter file with up to `count` comment signs removed from the start of each line.
    private static func uncommented(_ count: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(4)
        return lines.map { line in
            (0..<count).reduce(String(line)) { line, _ in
                let body = line.drop { $0 == " " }
                guard body.hasPrefix("# ") else { return line }
                return String(line.prefix(line.count - body.count) + body.dropFirst(2))
            }
        }.joined(separator: "\n")
    }

    @Test func `the unchanged starter file sets nothing`() throws {
        let file = try ConfigurationFile.read(text: Self.text, path: "c", environment: [:])
        #expect(file.configuration == Configuration())
    }

    @Test func `the starter file names its schema as editors read it`() {
        #expect(Self.text.hasPrefix("# yaml-language-server: $schema=config.schema.json\n"))
    }

    @Test func `the starter file, uncommented once, has one mapping`() throws {
        let file = try ConfigurationFile.read(text: Self.uncommented(1), path: "c", environment: [:])
        #expect(file.warnings.isEmpty)
        #expect(file.configuration.mappings.map(\.id) == ["audit"])
        #expect(file.configuration.identities.map(\.id) == ["logging"])
    }

    @Test func `every example in the starter file is a valid value`() {
        let relations = [
            "found a key that source", " in addition to ", "found the unknown identity",
            "found the unknown mapping",
            "accepted: no value with via",
        ]
        let others = messages(Self.uncommented(2)).filter { message in
            !relations.contains(where: message.contains)
        }
        #expect(others.isEmpty)
    }

    @Test func `the starter file has every key of the reference`() {
        func names(_ references: [KeyReference]) -> [String] {
            references.flatMap { [$0.name] + names($0.keys) }
        }
        let missing = names(ConfigurationFile.reference).filter { !Self.text.contains(" \($0):") }
        #expect(missing.isEmpty)
    }

    @Test func `the reference has the accepted values, the default, and the purpose of a key`() throws {
        let mappings = try #require(ConfigurationFile.reference.first { $0.name == "mappings" })
        let duration = try #require(mappings.keys.first { $0.name == "duration" })
        #expect(duration.accepted == "15m to 12h" && duration.defaultValue == "1h" && !duration.isRequired)
        #expect(duration.help == "lifetime of the credentials")
        let role = try #require(mappings.keys.first { $0.name == "role_arn" })
        #expect(role.accepted == "the ARN of a role, arn:aws:iam::123456789012:role/name" && role.isRequired)
        #expect(role.help == "ARN of the role to assume")
    }
}
