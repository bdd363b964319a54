import Federation

/// JSON Schemas of the kinds of values in the file.
///
/// A schema describes the value that a YAML parser in an editor returns. For that parser, `tags: [2026]` contains a
/// number, although cambist reads the tag as text. Patterns are regular expressions that ECMAScript and other languages
/// interpret in the same way.
///
/// Source: JSON Schema, draft 7, which editors support.
enum ValueSchema {
    /// Text that is not blank and has no control characters.
    static let text = scalar(
        #"^[^\u0000-\u001F\u007F-\u009F]*[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]"#
            + #"[^\u0000-\u001F\u007F-\u009F]*$"#
    )

    static let guidPattern = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

    /// Text that matches a pattern; an unquoted value that YAML reads as a number or a Boolean is invalid.
    static func string(_ pattern: String) -> JSONValue {
        .object(["type": .string("string"), "pattern": .string(pattern)])
    }

    /// Text that matches a pattern, or an unquoted value that YAML reads as a number or a Boolean.
    ///
    /// A pattern does not apply to numbers. With a minimum length of 2 or more, a separate rule excludes 0 to 9.
    static func scalar(_ pattern: String, minimumLength: Int = 1) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": types("string", "number", "boolean"), "pattern": .string(pattern),
        ]
        if minimumLength > 1 {
            members["not"] = .object(["enum": .array((0...9).map(JSONValue.integer))])
        }
        return .object(members)
    }

    /// One of several words.
    static func words(_ words: [String]) -> JSONValue {
        .object(["enum": .array(words.map(JSONValue.string))])
    }

    static let null = JSONValue.object(["type": .string("null")])

    static let boolean = anyOf(
        .object(["type": .string("boolean")]),
        words(["true", "True", "TRUE", "false", "False", "FALSE"])
    )

    /// A whole number, with or without quotation marks.
    static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        anyOf(
            .object([
                "type": .string("integer"), "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]),
            string(#"^\+?0*\#(decimal(range))$"#)
        )
    }

    static func number(_ range: ClosedRange<Double>) -> JSONValue {
        anyOf(
            .object([
                "type": .string("number"), "minimum": .number(range.lowerBound),
                "maximum": .number(range.upperBound),
            ]),
            string(#"^\+?[0-9.]+$"#)
        )
    }

    /// A duration in a range.
    ///
    /// With several units, the pattern checks only the upper bound of each unit.
    static func duration(_ range: ClosedRange<Duration>) -> JSONValue {
        let (lower, upper) = (range.lowerBound.wholeSeconds, range.upperBound.wholeSeconds)
        let units = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]
        let single = units.compactMap { symbol, seconds in
            let low = (lower + seconds - 1) / seconds
            let high = upper / seconds
            return low <= high ? "0*\(decimal(low...high))\(symbol)" : nil
        }
        let several = units.map { "(?:0*\(decimal(0...upper / $1))\($0))?" }
        let pattern = "^(?:\(single.joined(separator: "|"))|(?=[0-9]+[dhm][0-9])\(several.joined()))$"
        return string(pattern)
    }

    static func list(of item: JSONValue, count: ClosedRange<Int>) -> JSONValue {
        // The reader reads `~` in a list as text.
        let item = item == text ? anyOf(item, null) : item
        var members: [String: JSONValue] = ["type": .string("array"), "items": item]
        if count.lowerBound > 0 { members["minItems"] = .integer(count.lowerBound) }
        if count.upperBound < .max { members["maxItems"] = .integer(count.upperBound) }
        return .object(members)
    }

    /// A table of values with arbitrary names.
    static func table(of item: JSONValue, names: JSONValue? = nil, atMost count: Int? = nil) -> JSONValue {
        var members: [String: JSONValue] = ["type": types("object", "null"), "additionalProperties": item]
        members["propertyNames"] = names
        members["maxProperties"] = count.map(JSONValue.integer)
        return .object(members)
    }

    static func anyOf(_ schemas: JSONValue...) -> JSONValue {
        .object(["anyOf": .array(schemas)])
    }

    static func types(_ names: String...) -> JSONValue {
        .array(names.map(JSONValue.string))
    }

    /// Returns a pattern for a word in any letter case.
    static func caseless(_ word: String) -> String {
        word.map { character in
            let cases = "[\(character.uppercased())\(character.lowercased())]"
            return character.isLetter ? cases : character == "." ? #"\."# : "\(character)"
        }.joined()
    }

    /// Returns a pattern for the decimal numbers in a range, without leading zeros.
    static func decimal(_ range: ClosedRange<Int>) -> String {
        var alternatives: [String] = []
        var low = range.lowerBound
        while low <= range.upperBound {
            // The pattern matches a run of numbers from `low`. One digit varies, and the next `free` digits are
            // arbitrary.
            var (size, free) = (1, 0)
            while low > 0, low.isMultiple(of: size * 10), low + size * 10 - 1 <= range.upperBound {
                (size, free) = (size * 10, free + 1)
            }
            let digit = low / size % 10
            let last = digit + min(10 - digit, (range.upperBound - low + 1) / size) - 1
            let prefix = low / size / 10
            alternatives.append(
                (prefix == 0 ? "" : "\(prefix)") + (digit == last ? "\(digit)" : "[\(digit)-\(last)]")
                    + String(repeating: "[0-9]", count: free)
            )
            low += size * (last - digit + 1)
        }
        return "(?:" + alternatives.joined(separator: "|") + ")"
    }
}
