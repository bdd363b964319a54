import Federation
import TestSupport
import Testing

@testable import ConfigurationFile

@Suite(.limited) struct ConfigurationSchemaTests {
    private static let schema = ConfigurationSchema(
        vocabulary: ConsoleVocabulary(
            actions: [ConsoleAction(name: "retest", key: "r", help: "exchange again")],
            columns: ["state", "mapping"],
            checkKeys: { _ in [] },
            checkTheme: { _ in [] }
        )
    ).json

    @Test func `the schema has exactly the keys of the reference`() {
        func names(_ references: [KeyReference], below path: [String]) -> Set<[String]> {
            Set(references.flatMap { [path + [$0.name]] + names($0.keys, below: path + [$0.name]) })
        }
        func names(_ schema: JSONValue?, below path: [String]) -> Set<[String]> {
            Set(
                (schema?["properties"]?.members ?? [:]).flatMap { name, inner in
                    [path + [name]] + (name == "keys" ? [] : names(inner, below: path + [name]))
                }
            )
        }
        let definitions = Self.schema["definitions"]
        let found = names(Self.schema, below: []).filter { $0.count == 1 || $0[0] != "defaults" }
            .union(names(definitions?["identity"], below: ["identities"]))
            .union(names(definitions?["mapping"], below: ["mappings"]))
        #expect(found == names(ConfigurationFile.reference, below: []))
    }

    @Test func `every key of an entry may have a default`() {
        let definitions = Self.schema["definitions"]
        let keys = ["identity", "mapping"].flatMap { name in
            definitions?[name]?["properties"]?.members?.keys.sorted() ?? []
        }
        let defaults = Self.schema["properties"]?["defaults"]?["properties"]
        #expect(keys.count > 30)
        #expect(defaults?.members?.keys.sorted() == keys.sorted())
    }

    @Test func `a pattern for decimal numbers matches exactly the numbers in its range`() throws {
        let ranges = [0...0, 0...9, 1...600, 15...720, 7...7, 99...1001, 900...43_200, 10...10_000]
        let bounds = ranges.flatMap { [$0.lowerBound, $0.upperBound] }
        let numbers = Set(bounds.flatMap { [$0 - 1, $0, $0 + 1] })
        for range in ranges {
            let pattern = try Regex("^\(ValueSchema.decimal(range))$")
            for number in numbers.union([50, 110, 555, 990, 12_345, 100_000]) where number >= 0 {
                let matches = "\(number)".contains(pattern)
                #expect(matches == range.contains(number), "\(number) in \(range)")
            }
        }
    }
}
