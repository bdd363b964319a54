import Foundation
import Testing

@testable import Federation

@Suite struct JSONValueTests {
    @Test(arguments: [
        "null", "true", "7", "-1.5", #""a/b""#, "[]", #"[1,"x",null,[true]]"#, #"{"a":{"b":[1]},"c":"d"}"#,
    ])
    func `JSON is written as it was read`(text: String) throws {
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(value.compactText == text)
    }

    @Test func `strings are those of an array or a lone one`() {
        #expect(JSONValue.string("a").strings == ["a"])
        #expect(JSONValue.array([.string("a"), .integer(1), .string("b")]).strings == ["a", "b"])
        #expect(JSONValue.integer(1).strings.isEmpty)
    }
}
