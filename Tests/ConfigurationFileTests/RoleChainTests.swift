import Federation
import Foundation
import TestSupport
import Testing

@testable import ConfigurationFile

/// The key `via` of mappings.
@Suite(.limited) struct RoleChainTests {
    private static let head = """
        identities:
          vm: {source: imds, client_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
        mappings:
          hub: {identity: vm, audience: "api://a", app_role: R, role_arn: "arn:aws:iam::111122223333:role/hub"}

        """

    private static func role(_ name: String) -> String {
        "role_arn: \"arn:aws:iam::444455556666:role/\(name)\""
    }

    private func read(_ lines: String) throws -> Configuration {
        try ConfigurationFile.read(text: Self.head + lines, path: "c", environment: [:]).configuration
    }

    @Test func `a spoke has the identity and the audience of its hub`() throws {
        let configuration = try read(
            """
              spoke: {via: hub, \(Self.role("spoke")), external_id: x1, session_tags: {team: red}, transitive_tags: [team]}
            """
        )
        let spoke = try #require(configuration.mapping("spoke"))
        #expect((spoke.identity, spoke.audience, spoke.appRole) == ("vm", "api://a", "R"))
        #expect(spoke.hub == configuration.mapping("hub"))
        #expect(
            spoke.chained
                == ChainedSession(externalID: "x1", tags: ["team": "red"], transitiveTags: ["team"])
        )
    }

    @Test func `a chain of five mappings is accepted in any order of the file`() throws {
        let lines = (2...5).reversed().map {
            "  m\($0): {via: \($0 == 2 ? "hub" : "m\($0 - 1)"), \(Self.role("m\($0)"))}"
        }
        let configuration = try read(lines.joined(separator: "\n") + "\n")
        #expect(configuration.mapping("m5")?.chain.map(\.id) == ["hub", "m2", "m3", "m4", "m5"])
    }

    @Test func `an inherited duration is limited to AWS's maximum`() throws {
        let text =
            "defaults: {duration: 12h}\n" + Self.head + "  spoke: {via: hub, \(Self.role("spoke"))}\n"
        let configuration = try ConfigurationFile.read(text: text, path: "c", environment: [:]).configuration
        #expect(configuration.mapping("hub")?.duration == .seconds(43_200))
        #expect(configuration.mapping("spoke")?.duration == .seconds(3600))
    }

    @Test(arguments: [
        (
            "  a: {via: hubb, \(role("a"))}\n",
            #"config.yaml:5:7: mappings.a.via: found the unknown mapping "hubb"; did you mean hub?; accepted: hub"#
        ),
        (
            "  a: {via: a, \(role("a"))}\n",
            "config.yaml:5:7: mappings.a.via: found a cycle: a → a; accepted: a mapping whose chain does not return to "
                + "this one"
        ),
        (
            "  a: {via: hub, duration: 2h, \(role("a"))}\n",
            #"config.yaml:5:17: mappings.a.duration: found "2h"; accepted: 15m to 1h: AWS limits sessions of role "#
                + "chaining to 1 h, regardless of the role's maximum"
        ),
        (
            "  a: {via: hub, identity: vm, \(role("a"))}\n",
            #"config.yaml:5:17: mappings.a.identity: found "vm"; accepted: no value with via, because the hub's "#
                + "token is used"
        ),
        (
            "  a: {via: hub, transitive_tags: [x], \(role("a"))}\n",
            #"config.yaml:5:17: mappings.a.transitive_tags: found "x"; accepted: keys of session_tags, which has none"#
        ),
        (
            "  a: {via: hub, session_tags: x, transitive_tags: [x], \(role("a"))}\n",
            #"config.yaml:5:17: mappings.a.session_tags: found "x"; accepted: at most 50 tags: {key: value}"#
        ),
        (
            "  a: {via: hub, external_id: x, \(role("a"))}\n",
            #"config.yaml:5:17: mappings.a.external_id: found "x"; accepted: 2 to 1224 letters, digits, and any of _ + = "#
                + ", . @ : / -"
        ),
        (
            "  a: {identity: vm, audience: \"api://a\", external_id: x1, \(role("a"))}\n",
            #"config.yaml:5:42: mappings.a.external_id: found "x1"; accepted: no value without via, "#
                + "because only AssumeRole has this parameter"
        ),
        (
            "  a: {via: hub, role_arn: \"arn:aws-cn:iam::444455556666:role/a\"}\n",
            #"config.yaml:5:17: mappings.a.role_arn: found "arn:aws-cn:iam::444455556666:role/a"; accepted: a role in "#
                + "the partition of hub's role, aws"
        ),
    ])
    func `an error in a chain is reported with its position`(_ lines: String, _ message: String) {
        #expect(messages(Self.head + lines) == [message])
    }

    @Test func `the error for each mapping of a cycle shows the cycle from that mapping`() {
        let lines = ["b": "a", "c": "b", "a": "c"].sorted { $0.key < $1.key }.map {
            "  \($0.key): {via: \($0.value), \(Self.role($0.key))}"
        }
        let found = messages(Self.head + lines.joined(separator: "\n") + "\n")
        let paths = found.map { $0.components(separatedBy: "found ").last?.prefix { $0 != ";" } }
        #expect(paths == ["a cycle: a → c → b → a", "a cycle: b → a → c → b", "a cycle: c → b → a → c"])
    }

    @Test func `a chain of six mappings is refused at its last mapping`() {
        let lines = (2...6).map {
            "  m\($0): {via: \($0 == 2 ? "hub" : "m\($0 - 1)"), \(Self.role("m\($0)"))}"
        }
        let found = messages(Self.head + lines.joined(separator: "\n") + "\n")
        #expect(
            found == [
                "config.yaml:9:8: mappings.m6.via: found a chain of 6: hub → m2 → m3 → m4 → m5 → m6; accepted: a chain "
                    + "of at most 5 mappings"
            ]
        )
    }
}
