import Foundation

/// A request in AWS's Query protocol: an action, its version and parameters.
struct QueryCall: Sendable {
    let action: String
    let version: String?
    private let parameters: [String: String]

    /// How long a POST's body may be; a longer one gets an empty 413.
    static let bodyLimit = 10_000_000

    /// Reads the query string and, of a form, the body; of a parameter that comes twice the first counts.
    ///
    /// Source: measured on STS; see `reference` of the Query protocol in botocore's `serialize.py`.
    init(_ request: WireRequest) throws(AWSFault) {
        var pairs = (request.rawQuery ?? "").utf8.split(separator: UInt8(ascii: "&")).map { Self.pair($0) }
        if request.method == "POST", Self.isForm(request.header("content-type")) {
            pairs += request.body.split(separator: UInt8(ascii: "&")).map { Self.pair($0) }
        }
        parameters = Dictionary(pairs) { first, _ in first }
        guard let action = parameters["Action"] else { throw .missingAction }
        self.action = action
        version = parameters["Version"]
    }

    /// A parameter's text; an empty one counts.
    subscript(name: String) -> String? {
        parameters[name]
    }

    /// The elements of a list, `name.member.1`, `name.member.2`, …, or `nil` when it was not sent.
    ///
    /// An empty list is sent as `name=`.
    func list(_ name: String) -> [String]? {
        let values = sequence { parameters["\(name).member.\($0)"] }
        return values.isEmpty && parameters[name] == nil ? nil : values
    }

    /// The elements of a list of structures: for each the members of the given names.
    func list(_ name: String, of members: [String]) -> [[String?]]? {
        let values = sequence { index -> [String?]? in
            let element = members.map { parameters["\(name).member.\(index).\($0)"] }
            return element.contains { $0 != nil } ? element : nil
        }
        return values.isEmpty && parameters[name] == nil ? nil : values
    }

    private func sequence<Value>(_ value: (Int) -> Value?) -> [Value] {
        var values: [Value] = []
        while let next = value(values.count + 1) { values.append(next) }
        return values
    }

    private static func isForm(_ contentType: String?) -> Bool {
        let type = contentType?.split(separator: ";").first ?? ""
        return type.trimmingCharacters(in: .whitespaces).lowercased() == "application/x-www-form-urlencoded"
    }

    private static func pair(_ bytes: some BidirectionalCollection<UInt8>) -> (String, String) {
        let parts = bytes.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        return (decoded(parts[0]), parts.count == 2 ? decoded(parts[1]) : "")
    }

    /// Percent-decoded, a `+` being a space; a `%` that begins no byte stays as it is.
    private static func decoded(_ bytes: some BidirectionalCollection<UInt8>) -> String {
        var rest = bytes[...]
        var result: [UInt8] = []
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, digits.first != UInt8(ascii: "+"),
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                result.append(code)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
