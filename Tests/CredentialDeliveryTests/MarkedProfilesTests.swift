import TestSupport
import Testing

@testable import CredentialDelivery

@Suite(.limited) struct MarkedProfilesTests {
    @Test(arguments: ["", "[default]\nregion = eu-west-1\n", "[default]\nregion = eu-west-1", "a\n\n"])
    func `the section is appended once and replaced later`(_ text: String) throws {
        let first = try #require(MarkedProfiles(text))
        #expect(first.lines == nil)
        let written = first.replaced(by: ["[profile audit]", "region = eu-west-1"])
        #expect(written.hasPrefix(text))
        let second = try #require(MarkedProfiles(written))
        #expect(second.lines == ["[profile audit]", "region = eu-west-1"])
        #expect(second.replaced(by: second.lines ?? []) == written)
        let third = try #require(MarkedProfiles(second.replaced(by: ["x"])))
        #expect(third.lines == ["x"])
    }

    @Test func `lines before and after the section are unchanged`() throws {
        let text = "[a]\n\(MarkedProfiles.begin)\nold\n\(MarkedProfiles.end)\n[profile b c]\nx = 1\n"
        let section = try #require(MarkedProfiles(text))
        #expect(section.otherProfiles == ["a", "b c"])
        #expect(
            section.replaced(by: ["new"])
                == "[a]\n\(MarkedProfiles.begin)\nnew\n\(MarkedProfiles.end)\n[profile b c]\nx = 1\n"
        )
    }

    @Test(arguments: [
        "\(MarkedProfiles.begin)\n", "\(MarkedProfiles.end)\n",
        "\(MarkedProfiles.end)\n\(MarkedProfiles.begin)\n",
        "\(MarkedProfiles.begin)\n\(MarkedProfiles.begin)\n\(MarkedProfiles.end)\n\(MarkedProfiles.end)\n",
    ])
    func `markers that do not match are refused`(_ text: String) {
        #expect(MarkedProfiles(text) == nil)
    }
}
