import TestSupport
import Testing

@testable import YAMLReader

/// Returns a document with ten aliases per level: 10^`levels` values in a few hundred bytes.
private func bomb(levels: Int) -> String {
    "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        + (1..<levels).map { level in
            "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
                + "]\n"
        }.joined()
}

@Suite(.limited) struct YAMLDocumentTests {
    private func found(_ text: String) -> String? {
        YAMLDocument(parsing: text).problem?.found
    }

    @Test func `values that aliases repeat are counted each time`() {
        #expect(YAMLDocument(parsing: bomb(levels: 5)).problem == nil)
        for text in [bomb(levels: 12), bomb(levels: 12) + "d: 1\nd: 2\n", "d: 1\nd: 2\n" + bomb(levels: 30)] {
            #expect(found(text)?.hasPrefix("more than 300000 values") == true)
        }
    }

    @Test(arguments: [
        "? *a11\n: x\n", "*a11 : x\n", "x: {*a11 : y}\n", "x: {? *a11 : y}\n", "? [*a11]\n: x\n",
        "? - *a11\n: x\n",
        "[*a11]: x\n", "x: {[*a11]: y}\n", "{*a11 : y}: x\n", "x: {?*a11 : y}\n",
        "\"it's\": 'a\n? *a11\n: x\nz: b'\n",
    ])
    func `an alias in a key is refused before its values are compared`(_ key: String) {
        #expect(found(bomb(levels: 12) + key) != nil)
        #expect(found(key) != nil || YAMLDocument(parsing: key).root != nil)
    }

    @Test func `the error for an alias in a key has its position`() {
        var findings = Findings()
        let root = YAMLDocument(parsing: "a: &a [1]\n? *a\n: x\n").root
        #expect(root?.members(&findings)?.map(\.key) == ["a"])
        #expect(
            findings.problems.map { $0.message(path: "c") } == [
                "c:2:3: found a list as a key; accepted: a name"
            ]
        )
    }

    @Test func `aliases in values are accepted`() {
        let root = YAMLDocument(parsing: "a: &a {b: 1}\nc: *a\nd: [*a, *a]\n").root
        #expect(root?.below("c").below("b").text == "1")
        #expect(root?.below("d").items?.count == 2)
    }

    @Test(arguments: [
        "a: \"x ? y\"\n", "url: https://a/?b\n", "a: [1]\nb: {c: 2}\n", "glob: '*.txt'\n", "a: '[x]: y'\n",
    ])
    func `punctuation without aliases is text`(_ text: String) {
        #expect(YAMLDocument(parsing: text).problem == nil)
    }

    @Test(arguments: [65, 900, 100_000])
    func `deep nesting is refused`(_ depth: Int) {
        #expect(
            found("a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)) != nil
        )
        #expect(found(String(repeating: "- ", count: depth) + "x\n") != nil)
    }

    @Test func `nesting through a chain of aliases is refused`() {
        let chain = "a0: &a0 [x]\n" + (1..<20_000).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
        for text in [chain, chain + "b: [\n", chain + "b: 1\nb: 2\n"] {
            #expect(found(text) == "nesting deeper than 64 levels")
        }
    }

    @Test func `an alias inside its own anchor is refused`() {
        #expect(found("a: &a [*a]\n") == "a syntax error (found undefined alias)")
    }

    @Test func `a text over four megabytes is refused`() {
        #expect(found(String(repeating: "#", count: 4 << 20)) == nil)
        #expect(found(String(repeating: "#", count: 4 << 20 + 1)) == "more than 4 MB")
    }

    @Test func `each occurrence of a repeated key but the last is reported`() {
        let lines = (0..<300).map { "k\($0): 1\n\"k\($0)\": 2\n" }
        let document = YAMLDocument(parsing: lines.joined())
        var findings = Findings()
        let members = document.root?.members(&findings) ?? []
        #expect(members.map(\.element.text) == Array(repeating: "2", count: 300))
        #expect(findings.problems.map(\.place) == (0..<300).map { .file(line: 2 * $0 + 1, column: 1) })
        #expect(document.alternativeRoots.map { $0.below("k299").text } == ["1"])
    }

    @Test func `the error for a character that is not allowed has its position`() {
        let problem = YAMLDocument(parsing: "# é\u{85}ü: a\u{1}b\n").problem
        #expect(problem?.place == .file(line: 2, column: 5))
    }

    @Test func `a message shows invisible characters of keys`() {
        var findings = Findings()
        _ = YAMLDocument(parsing: "\"\\e]0;x\\a\\u202E\": 1\n").root.map { root in
            for (name, element) in root.members(&findings) ?? [] {
                findings.addUnknownKey(name, at: element, among: ["mappings"])
            }
        }
        #expect(
            findings.problems.first?.message(path: "c").contains(
                "<U+001B>]0;x<U+0007><U+202E>: found an unknown key"
            )
                == true
        )
    }

    @Test func `at most a thousand problems are reported`() {
        var findings = Findings()
        for line in 1...2000 {
            findings.add(
                YAMLProblem(place: .file(line: line, column: 1), keyPath: "", found: "x", accepted: "y")
            )
        }
        #expect(findings.problems.count == 1000)
    }
}
