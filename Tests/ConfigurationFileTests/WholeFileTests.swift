import Federation
import Foundation
import TestSupport
import Testing
import YAMLReader

@testable import ConfigurationFile

/// The file as a whole: syntax, repeated keys, and the order of the errors.
@Suite(.limited) struct WholeFileTests {
    @Test func `all errors are reported at once, in the order of the file`() {
        let text = """
            identities:
              vm: {source: imd, client_id: 1}
            mappings:
              a: {identity: vn, audience: x y, role_arn: arn, duration: 13h}
              a: {}
            endpoint: {}
            """
        let places = messages(text).map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "config.yaml:2:8:", "config.yaml:2:21:", "config.yaml:4:3:", "config.yaml:4:7:",
                "config.yaml:4:21:", "config.yaml:4:36:", "config.yaml:4:51:", "config.yaml:5:3:",
                "config.yaml:5:3:",
                "config.yaml:5:3:", "config.yaml:6:1:",
            ]
        )
    }

    @Test(arguments: [
        ("", "nothing"),
        ("# only a comment\r\n", "a comment"),
        ("\u{FEFF}mappings:\r\nidentities: ~\r\n", "a byte order mark and CRLF"),
        ("---\ndefaults: {}\n...\n", "a document with its markers"),
    ])
    func `a file without entries is valid`(_ text: String, _ what: String) throws {
        let file = try ConfigurationFile.read(text: text, path: "c", environment: [:])
        #expect(file.configuration == Configuration())
    }

    @Test(arguments: [
        (
            "mappings:\n\taudit: {}\n",
            "config.yaml:2:1: found a syntax error (found character that cannot start any token"
        ),
        ("a: [1, 2\nb: 3\n", "config.yaml:2:2: found a syntax error (did not find expected ',' or ']'"),
        (
            "mappings: {}\n---\nmappings: {}\n",
            "config.yaml:2:1: found a syntax error (found a second document"
        ),
        ("a: *b\n", "config.yaml:1:4: found a syntax error (found undefined alias"),
        ("a: 1\nb: \u{1}\n", "config.yaml:2:4: found a character that is not allowed"),
    ])
    func `a syntax error has its position`(_ text: String, _ beginning: String) throws {
        let message = try #require(messages(text).first)
        #expect(message.hasPrefix(beginning), "\(message)")
        #expect(message.hasSuffix("; accepted: YAML"))
    }

    @Test(arguments: ["- a\n- b\n", "text\n", "? [a]\n: b\n"])
    func `a file whose root is not a group of keys has one error`(_ text: String) {
        #expect(messages(text).count == 1)
    }

    @Test func `errors under each occurrence of a repeated key are reported`() {
        let text = """
            identities:
              vm: {source: imds, client_id: 1}
            mappings:
              a:
                identity: laptop
                audience: api://a
                role_arn: arn
            identities:
              laptop: {source: azure-cli}
            mappings:
              b: {identity: vm, audience: api://b, role_arn: "arn:aws:iam::111122223333:role/b", regoin: x}
            """
        let places = messages(text).map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "config.yaml:1:1:", "config.yaml:2:22:", "config.yaml:3:1:", "config.yaml:7:5:",
                "config.yaml:11:86:",
            ]
        )
    }

    @Test func `each occurrence of a repeated key but the last is an error, quoted or not`() {
        let text = "watch: {speed: 1, 'speed': 2, speed: 3}\nhistory: {days: 0}\n"
        #expect(
            messages(text) == [
                "config.yaml:1:9: watch.speed: found a duplicate key; accepted: each key once",
                "config.yaml:1:19: watch.speed: found a duplicate key; accepted: each key once",
                #"config.yaml:2:11: history.days: found "0"; accepted: a whole number from 1 to 36500"#,
            ]
        )
    }

    @Test func `an alias has the value of its anchor`() throws {
        let text = """
            identities:
              vm: &vm {source: imds, client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
              same: *vm
            """
        let file = try ConfigurationFile.read(text: text, path: "c", environment: [:])
        #expect(
            file.configuration.identities.map(\.clientID)
                == Array(repeating: "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", count: 2)
        )
    }

    @Test func `a secret in place of a variable's name is not shown`() throws {
        let text = """
            identities:
              app: {source: client-secret, tenant_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74,
                    client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74, secret_env: "h8Q~hunter-2"}
            """
        let message = try #require(messages(text).first)
        #expect(
            message.contains(
                "identities.app.secret_env: found a value that is not shown, because it may be a secret"
            )
        )
        #expect(!message.contains("hunter"))
    }

    @Test func `control characters in a value cannot reach the terminal`() throws {
        let message = try #require(messages("console: {theme: \"\\e[31m\\u202e\"}\n").first)
        #expect(message.contains("\"<U+001B>[31m<U+202E>\""))
    }

    @Test func `problems found by the console have their positions`() {
        let vocabulary = ConsoleVocabulary(
            actions: [],
            columns: ["state", "cause"],
            checkKeys: { _ in [.init(keys: ["refresj"], found: "an unknown action", accepted: "refresh")] },
            checkTheme: { _ in [.init(keys: ["title", "fg"], found: "an unknown color", accepted: "a color")]
            }
        )
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.read(
                text: "keys:\n  refresj: x\nthemes:\n  night: {title: {fg: lilac}}\n"
                    + "console: {columns: [cause, age]}\n",
                path: "c",
                environment: [:],
                vocabulary: vocabulary
            )
        }
        #expect(
            error?.messages == [
                "c:2:3: keys.refresj: found an unknown action; accepted: refresh",
                "c:4:19: themes.night.title.fg: found an unknown color; accepted: a color",
                "c:5:11: console.columns: found \"age\"; accepted: state or cause",
            ]
        )
    }

    @Test func `a configured file that cannot be read is a warning at its key`() throws {
        let file = try ConfigurationFile.read(
            text: Sample.text,
            path: "/etc/cambist/config.yaml",
            environment: ["HOME": "/home/ada"],
            isReadable: { $0 == "/etc/cambist/logs.json" }
        )
        #expect(
            file.warnings.map { $0.message(path: "config.yaml") } == [
                "config.yaml:22:5: warning: mappings.audit.trust_policy_file: found "
                    + #""/etc/cambist/audit-trust.json", which cannot be read; accepted: a readable file"#,
                "config.yaml:45:11: warning: network.ca_file: found "
                    + #""/home/ada/ca.pem", which cannot be read; accepted: a readable file"#,
            ]
        )
    }

    @Test(arguments: ["healthz", "metrics"])
    func `a mapping that serve cannot serve is a warning at its name`(name: String) throws {
        let text = Sample.text.replacing("\n  audit:", with: "\n  \(name):")
        let file = try ConfigurationFile.read(
            text: text,
            path: "/etc/cambist/config.yaml",
            environment: ["HOME": "/home/ada"],
            isReadable: { _ in true }
        )
        let warnings = file.warnings.map { $0.message(path: "c") }
        #expect(warnings.count == 1)
        let end =
            "warning: mappings.\(name): found \"\(name)\"; accepted: another name, because cambist serve "
            + "uses the path /\(name) itself"
        #expect(warnings.first?.hasSuffix(end) == true, "\(warnings)")
    }

    @Test(arguments: 0..<200)
    func `random damage is reported as errors with positions`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var scalars = Array(Sample.text.unicodeScalars)
        let pool = Array(": \n-[]{}\"'#&*!|>%@`,?~\u{1}\u{10F000}é".unicodeScalars)
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            let index = scalars.indices.randomElement(using: &generator) ?? 0
            scalars[index] = pool.randomElement(using: &generator) ?? " "
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        let lines = messages(String(text))
        #expect(lines.allSatisfy { $0.hasPrefix("config.yaml:") && !$0.contains("\n") }, "\(lines)")
    }
}
