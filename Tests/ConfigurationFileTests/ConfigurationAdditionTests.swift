import TestSupport
import Testing

@testable import ConfigurationFile

@Suite(.limited)
struct ConfigurationAdditionTests {
    private static let addition = ConfigurationAddition(
        identities: ["# seen", "new:", "  principal_id: x"],
        mappings: ["m:", "  identity: new"]
    )

    @Test func `an empty file receives both sections`() throws {
        let text = try Self.addition.applied(to: "")
        #expect(
            text == """
                identities:
                  # seen
                  new:
                    principal_id: x
                mappings:
                  m:
                    identity: new

                """
        )
    }

    @Test func `entries follow the last entry of their section, with the same indentation`() throws {
        let text = try Self.addition.applied(
            to: """
                # top
                mappings:
                    a:
                        identity: b
                    # kept inside

                # about identities
                identities:
                  b:
                    client_id: "1" # end

                # tail
                """
        )
        #expect(
            text == """
                # top
                mappings:
                    a:
                        identity: b
                    # kept inside
                    m:
                      identity: new

                # about identities
                identities:
                  b:
                    client_id: "1" # end
                  # seen
                  new:
                    principal_id: x

                # tail
                """
        )
    }

    @Test func `entries are added without a section, without a final newline, and after CRLF`() throws {
        let text = try Self.addition.applied(to: "identities:\r\n  b:\r\n    client_id: 1")
        #expect(
            text
                == "identities:\r\n  b:\r\n    client_id: 1\r\n  # seen\r\n  new:\r\n    principal_id: x\r\n"
                + "mappings:\r\n  m:\r\n    identity: new\r\n"
        )
    }

    @Test func `entries are added to an empty section and before the end of a document`() throws {
        let text = try Self.addition.applied(to: "---\nidentities:  # none\nmappings:\n...\n")
        #expect(
            text
                == "---\nidentities:  # none\n  # seen\n  new:\n    principal_id: x\nmappings:\n  m:\n    identity: new\n...\n"
        )
    }

    @Test(arguments: [
        ("mappings: {}\n", 1), ("identities: null\n", 1), ("a: &x {b: 1}\nmappings: *x\n", 2),
        ("# c\nmappings: {a: {identity: b}}\n", 2), ("{mappings: {}}", 1),
    ])
    func `a section in another form is refused with its line`(text: String, line: Int) {
        #expect {
            try Self.addition.applied(to: text)
        } throws: { error in
            (error as? ConfigurationAdditionError)?.reason == .notBlock(line: line)
        }
    }

    @Test func `every byte of the file stays in its order`() throws {
        let texts = [
            "mappings:\n  a:\n    b: |\n      x\n      # no comment\n\nidentities:\n  c: {d: 1}\n",
            "  mappings:\n    a: 1\n  cloud: public\n", "\u{FEFF}identities:\n  a: {b: c}\n", "# only\n",
            "mappings:\n  a:\n    b: >\n      folded\n\n# end", "identities:\n\n\n  a:\n   b: 1\n\n\nx: 1",
        ]
        for text in texts {
            var rest = Array(try Self.addition.applied(to: text).utf8)[...]
            for byte in text.utf8 {
                let index = try #require(rest.firstIndex(of: byte), "\(text)")
                rest = rest[(index + 1)...]
            }
            let insertions = try Self.addition.insertions(in: text)
            #expect(insertions.flatMap(\.lines).count >= 5)
        }
    }
}
