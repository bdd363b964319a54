import Foundation
import TestSupport
import Testing

@testable import AWS

@Suite(.limited) struct ReplyXMLTests {
    private func read(
        _ text: String,
        _ limits: ReplyXMLReader.Limits = .init()
    ) throws(ReplyXMLError) -> ReplyElement {
        try ReplyXMLReader.read(Data(text.utf8), limits: limits)
    }

    @Test func `elements, text, CDATA, and character references are parsed`() throws {
        let root = try read(
            "<?xml version=\"1.0\"?><a:r xmlns:a=\"urn:x\"><a:k> A&#66;<![CDATA[<C>]]>&amp; </a:k><e/></a:r>"
        )
        #expect(root.name == "r")
        #expect(root["k"]?.content == " AB<C>& " && root.text("k") == "AB<C>&")
        #expect(root.text("e") == "" && root["none"] == nil)
    }

    @Test func `a list has only the members of its element`() throws {
        let root = try read("<r><l><member>a</member><other/><member>b</member></l></r>")
        #expect(root.list("l").map(\.text) == ["a", "b"] && root.list("none").isEmpty)
    }

    @Test func `UTF-16 is recognized by its declaration`() throws {
        let data = try #require(
            #"<?xml version="1.0" encoding="UTF-16"?><r><k>é</k></r>"#.data(using: .utf16)
        )
        #expect(try ReplyXMLReader.read(data).text("k") == "é")
    }

    @Test(arguments: [16, 17, 60_000])
    func `elements nest at most 16 deep`(depth: Int) {
        let text = String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        if depth <= 16 {
            #expect(throws: Never.self) { try read(text) }
        } else {
            #expect(throws: ReplyXMLError.tooDeep(limit: 16)) { try read(text) }
        }
    }

    @Test func `unclosed elements are limited to the same depth`() {
        #expect(throws: ReplyXMLError.tooDeep(limit: 16)) {
            try read(String(repeating: "<a>", count: 200_000))
        }
    }

    @Test(arguments: [
        #"<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>"#,
        #"<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>"#,
        #"<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r/>"#,
        "<!DOCTYPE r [<!ENTITY a '1'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><r>&b;</r>",
        "<!DOCTYPE r><r/>",
    ])
    func `any document type declaration is refused`(text: String) {
        #expect(throws: ReplyXMLError.documentType) { try read(text) }
    }

    @Test func `elements, text, and size are limited`() {
        #expect(throws: ReplyXMLError.tooManyElements(limit: 20_000)) {
            try read("<r>" + String(repeating: "<a/>", count: 200_000) + "</r>")
        }
        #expect(throws: ReplyXMLError.tooMuchText(limit: 128 * 1024)) {
            try read("<r>" + String(repeating: " ", count: 1_000_000) + "</r>")
        }
        #expect(throws: ReplyXMLError.tooMuchText(limit: 128 * 1024)) {
            try read("<r>" + String(repeating: "&#65;", count: 200_000) + "</r>")
        }
        #expect(throws: ReplyXMLError.tooLarge(limit: 1 << 20)) {
            try read(String(repeating: "x", count: 2_000_000))
        }
    }

    @Test(arguments: [
        "", "x", "<r>", "<r></s>", "<r/><r/>", "<r>&nbsp;</r>", "<r a=1/>", "<r>\u{0}</r>", "{}",
        "<r>\u{1B}</r>",
    ])
    func `text that is not well-formed is refused`(text: String) {
        #expect(throws: ReplyXMLError.malformed) { try read(text) }
    }

    @Test func `many attributes and processing instructions are parsed within 3 seconds`() throws {
        let attributes = (0..<60_000).map { "a\($0)=\"1\"" }.joined(separator: " ")
        let took = try processorTime {
            let empty = try read("<r \(attributes)/>")
            let named = try read(String(repeating: "<?evil x?>", count: 50_000) + "<r/>")
            #expect(empty.children.isEmpty && named.name == "r")
        }
        #expect(took < .seconds(3))
    }

    @Test func `a required single element that is repeated or missing is refused`() throws {
        let root = try read("<r><a/><b/><b/></r>")
        #expect(try root.only("a").name == "a")
        #expect(throws: ReplyXMLError.repeated(element: "b")) { try root.only("b") }
        #expect(throws: ReplyXMLError.missing(element: "c")) { try root.only("c") }
    }
}
