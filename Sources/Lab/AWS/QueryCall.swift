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
        var text = request.rawQuery ?? ""
        if request.method == "POST", Self.isForm(request.header("content-type")) {
            text += "&" + String(decoding: request.body, as: UTF8.self)
        }
        let pairs = text.split(separator: "&").map(Self.pair)
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

    private static func pair(_ text: Substring) -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (decoded(parts[0]), parts.count == 2 ? decoded(parts[1]) : "")
    }

    /// Percent-decoded, a `+` being a space; text that is no valid encoding stays as it is.
    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }
}
