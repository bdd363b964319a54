import Federation

/// A JSON value formatted over several lines; arrays of scalar values stay on one line.
struct JSONLines {
    let value: JSONValue

    var lines: [String] { Self.lines(value, indent: "") }

    private static func lines(_ value: JSONValue, indent: String) -> [String] {
        let inner = indent + "  "
        switch value {
        case .object(let members) where !members.isEmpty:
            let names = members.keys.sorted()
            return ["{"]
                + names.enumerated().flatMap { order, name -> [String] in
                    let nested = lines(members[name] ?? .null, indent: inner)
                    let head = "\(inner)\(JSONValue.string(name).compactText): \(nested[0])"
                    return close([head] + nested.dropFirst(), isLast: order == names.count - 1)
                } + ["\(indent)}"]
        case .array(let elements) where elements.contains(where: \.isContainer):
            return ["["]
                + elements.enumerated().flatMap { order, element -> [String] in
                    let nested = lines(element, indent: inner)
                    return close(
                        [inner + nested[0]] + nested.dropFirst(),
                        isLast: order == elements.count - 1
                    )
                } + ["\(indent)]"]
        case .array(let elements):
            return ["[" + elements.map(\.compactText).joined(separator: ", ") + "]"]
        default:
            return [value.compactText]
        }
    }

    private static func close(_ lines: [String], isLast: Bool) -> [String] {
        isLast ? lines : lines.dropLast() + [(lines.last ?? "") + ","]
    }
}

extension JSONValue {
    fileprivate var isContainer: Bool {
        switch self {
        case .object, .array: true
        default: false
        }
    }
}
