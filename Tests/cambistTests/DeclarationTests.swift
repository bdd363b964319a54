import Foundation
import TestSupport
import Testing

/// The lists of the program contain every value that is declared for them.
///
/// The test reads the source code, because the program never reaches a value that is missing in its list.
@Suite(.limited) struct DeclarationTests {
    /// A list in the source code, and the declarations of its values.
    struct List: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The folder of the declarations and of the list.
        let folder: String
        /// A regular expression for a declaration; its group is the name of the value.
        let declaration: String
        /// A regular expression for the text before the names in the list; a list ends at the next empty line.
        let start: String

        init(_ kind: String, in folder: String, declaration: String, list start: String) {
            testDescription = kind
            self.folder = folder
            self.declaration = declaration
            self.start = start
        }
    }

    private static let lists = [
        List(
            "commands",
            in: "Sources/cambist",
            declaration: #"struct (\w+Command): \w*ParsableCommand"#,
            list: #"subcommands: \["#
        ),
        List(
            "panels",
            in: "Sources/Console/Panels",
            declaration: #"static let (\w+)(?:: Panel)? = Panel\("#,
            list: #"\[Panel\] ="#
        ),
        List(
            "columns",
            in: "Sources/Console/Panels",
            declaration: #"static let (\w+)(?:: MappingColumn)? = MappingColumn\("#,
            list: #"\[MappingColumn\] ="#
        ),
        // Functions such as `move` declare similar bindings.
        List(
            "keys",
            in: "Sources/Console",
            declaration: #"static let (\w+)(?:: Binding)? = (?:Binding|end|match|move|scroll|step|zoom)\("#,
            list: #"\[Binding\] ="#
        ),
        List(
            "checks",
            in: "Sources/Diagnosis",
            declaration: #"static let (\w+)(?:: Check)? = Check\("#,
            list: #"\[Check\] ="#
        ),
        // A table of rows is a part of another table or the result of a function.
        List(
            "known errors",
            in: "Sources/Diagnosis/KnownErrors",
            declaration: #"static let (\w+): \[Row\] ="#,
            list: #"\[Row\]\]? =|func \w+\("#
        ),
        List(
            "scenarios of the lab",
            in: "Sources/LabInterface/Scenarios",
            declaration: #"static let (\w+)(?:: BuiltInScenario)? = BuiltInScenario\("#,
            list: #"static let all\b.* ="#
        ),
        List(
            "operations of the simulated IAM",
            in: "Sources/Simulator/AWS",
            declaration: #"static let (\w+)(?:: IAMOperation)? = IAMOperation\("#,
            list: #"Operations\b.* = \["#
        ),
        List(
            "benchmarks",
            in: "Tests/Benchmarks",
            declaration: #"static let (\w+)(?:: Benchmark)? = (?:\w*[Bb]enchmark|idle|peer|trust)\("#,
            list: #"\[Benchmark\] ="#
        ),
        List(
            "targets of the fuzz tests",
            in: "Tests/FuzzTests",
            declaration: #"static let (\w+)(?:: FuzzTarget)? = FuzzTarget\("#,
            list: #"static let all\b.* ="#
        ),
    ]

    @Test(arguments: lists)
    func `every declared value is in its list`(_ list: List) throws {
        let declaration = try Regex(list.declaration).matchingSemantics(.unicodeScalar)
        let start = try Regex(list.start).matchingSemantics(.unicodeScalar)
        var declared: [Substring] = []
        var listed: Set<Substring> = []
        for text in try Self.texts(in: list.folder) {
            declared += text.matches(of: declaration).compactMap { $0.output[1].substring }
            for match in text.matches(of: start) {
                let rest = text[match.range.upperBound...]
                let end = rest.firstRange(of: "\n\n")?.lowerBound ?? rest.endIndex
                listed.formUnion(rest[..<end].split { !$0.isLetter && !$0.isNumber })
            }
        }
        #expect(declared.count > 4, "the regular expression finds the declarations")
        #expect(declared.filter { !listed.contains($0) } == [])
    }

    /// Returns the contents of all Swift files in a folder.
    private static func texts(in folder: String) throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(folder)")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }
}
