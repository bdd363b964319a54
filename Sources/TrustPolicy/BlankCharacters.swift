import Federation

// White space and invisible characters ("blanks"), for example in a condition's key or in a URL.

extension String {
    /// The text without blanks, except spaces (U+0020) between other characters.
    var withoutBlanks: String {
        guard unicodeScalars.contains(where: \.isBlank) else { return self }
        var scalars = unicodeScalars.filter { !$0.isBlank || $0 == " " }[...]
        while scalars.first == " " { scalars.removeFirst() }
        while scalars.last == " " { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The text without any blanks.
    var withoutAnyBlanks: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { !$0.isBlank }))
    }

    /// Returns the first blank character that the other text lacks, with its position (counted from 1).
    ///
    /// - Returns: For example, `U+200B (zero width space) at character 5`. The result is `nil` if the other text has
    ///   all the blank characters, or if an earlier visible character differs.
    func firstBlank(missingIn other: String) -> String? {
        var rest = other.unicodeScalars[...]
        for (index, scalar) in unicodeScalars.enumerated() {
            if rest.first == scalar {
                rest.removeFirst()
            } else if scalar.isBlank {
                let place = index == unicodeScalars.count - 1 ? ", the last" : ""
                return "\(scalar.codePointAndName) at character \(index + 1)\(place)"
            } else {
                rest = rest.drop(while: \.isBlank)
                guard rest.first == scalar else { return nil }
                rest.removeFirst()
            }
        }
        return nil
    }
}

extension Unicode.Scalar {
    /// Whether the character is white space or invisible.
    var isBlank: Bool {
        if isASCII { return value <= 0x20 || value == 0x7F }
        return properties.isWhitespace || VisibleText.isInvisible(self)
    }

    /// The code point and, if any, the Unicode name: `U+00A0 (no-break space)`.
    var codePointAndName: String {
        let digits = String(value, radix: 16, uppercase: true)
        let name = (properties.name ?? properties.nameAlias).map { " (\($0.lowercased()))" } ?? ""
        return "U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)\(name)"
    }
}
