import Foundation

/// A list in AWS's XML: `<List><member>…</member></List>`, or nothing at all.
struct MemberList<Member: Decodable & Sendable>: Decodable, Sendable {
    let member: [Member]?
}

/// An answer that may be one part of a longer list.
protocol PagedReply: Decodable {
    associatedtype Element

    var page: Page<Element> { get }
}

/// One part of a list.
struct Page<Element> {
    let elements: [Element]
    let isTruncated: Bool
    /// Where the next part begins.
    let marker: String?
}

/// An answer of the shape `<…Response><…Result>…`, whatever the operation's name.
struct Wrapped<Result: Decodable>: Decodable {
    let result: Result

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyName.self)
        guard let key = container.allKeys.first(where: { $0.stringValue.hasSuffix("Result") }) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "no element whose name ends in Result"
                )
            )
        }
        result = try container.decode(Result.self, forKey: key)
    }
}

extension Wrapped: PagedReply where Result: PagedReply {
    var page: Page<Result.Element> { result.page }
}

/// Any element's name.
struct AnyName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

/// A tag in AWS's XML.
struct TagElement: Decodable, Sendable {
    let key: String
    let value: String?

    enum CodingKeys: String, CodingKey {
        case key = "Key"
        case value = "Value"
    }
}

extension MemberList<TagElement> {
    /// The tags by their keys.
    var dictionary: [String: String] {
        [TagElement](member ?? []).dictionary
    }
}

extension [TagElement] {
    /// The tags by their keys.
    var dictionary: [String: String] {
        Dictionary(map { ($0.key, $0.value ?? "") }) { _, last in last }
    }
}

/// A policy document as IAM returns it, percent-encoded; Ceph and others return it as it is.
enum ReturnedDocument {
    /// The JSON text.
    ///
    /// A plus is a plus: this is RFC 3986, not a form.
    static func decode(_ text: String) -> String {
        let isPlain = text.first { !$0.isWhitespace } == "{"
        return isPlain ? text : text.removingPercentEncoding ?? text
    }
}

/// A policy document as IAM takes it: no character above U+00FF.
enum SentDocument {
    /// The same JSON with every other character written as `\uXXXX`, which only a JSON string may hold.
    static func encode(_ text: String) -> String {
        text.utf16.reduce(into: "") { result, unit in
            if unit <= 0xFF, let scalar = Unicode.Scalar(unit) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u" + String(format: "%04x", unit)
            }
        }
    }
}
