import Foundation

/// Names and values of a query string or of a form, decoded.
struct Parameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// Reads `a=b&c=d` with percent-encoding and `+` for a blank.
    init(encoded text: String) {
        pairs = text.split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? String($0) }
            return (name: sides[0], value: sides.count > 1 ? sides[1] : "")
        }
    }

    /// The first value of that name.
    subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// The first value of that name, unless it is empty.
    func filled(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension WireRequest {
    /// The query string's parameters.
    var query: Parameters {
        Parameters(encoded: rawQuery ?? "")
    }

    /// The body's parameters, when it is a form.
    var form: Parameters? {
        guard let type = header("content-type"),
            type.lowercased().hasPrefix("application/x-www-form-urlencoded")
        else { return nil }
        return Parameters(encoded: String(decoding: body, as: UTF8.self))
    }
}
