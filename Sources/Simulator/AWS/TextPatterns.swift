extension TextRule.Pattern {
    /// Returns the pattern for names of sessions, roles, and policies; `text` is the expression in AWS's errors.
    static func name(_ text: String) -> Self {
        characters(text) { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "=", ",", ".", "@", "-": true
            default: false
            }
        }
    }

    /// Printable Unicode, as allowed in ARNs.
    static let printable = characters(
        #"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"#
    ) { scalar in
        switch scalar {
        case "\t", "\n", "\r", " "..."~", "\u{85}", "\u{A0}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}",
            "\u{10000}"..."\u{10FFFF}":
            true
        default: false
        }
    }

    static let policyText = characters(#"[\u0009\u000A\u000D\u0020-\u00FF]+"#) { scalar in
        switch scalar {
        case "\t", "\n", "\r", " "..."\u{FF}": true
        default: false
        }
    }

    static let description = characters(#"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"#) { scalar in
        switch scalar {
        case "\t", "\n", "\r", " "..."~", "\u{A1}"..."\u{FF}": true
        default: false
        }
    }

    static let tagKey = characters(#"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"#) { scalar in
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .spaceSeparator, .lineSeparator, .paragraphSeparator, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }

    static let tagValue = Self(text: #"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"#) { $0.isEmpty || tagKey.matches($0) }

    static let externalID = characters(#"[\w+=,.@:\/-]*"#) { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "=", ",", ".", "@", ":", "/", "-": true
        default: false
        }
    }

    /// Version IDs of managed policies: `v` and a number, with an optional suffix.
    static let policyVersion = Self(text: #"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"#) { text in
        let parts = text.dropFirst().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.hasPrefix("v"), let number = parts.first?.unicodeScalars, let first = number.first else {
            return false
        }
        let isNumber = ("1"..."9").contains(first) && number.allSatisfy { ("0"..."9").contains($0) }
        return isNumber
            && (parts.dropFirst().first ?? "").unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "A"..."Z", "a"..."z", "0"..."9", "-": true
                default: false
                }
            }
    }

    /// Pagination markers.
    static let marker = characters(#"[\u0020-\u00FF]+"#) { (" "..."\u{FF}").contains($0) }

    /// Paths: a slash, or printable ASCII between two slashes.
    static let path = Self(text: #"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"#) { text in
        let isBetweenSlashes = text.utf8.count > 2 && text.hasPrefix("/") && text.hasSuffix("/")
        return text == "/"
            || isBetweenSlashes && text.unicodeScalars.allSatisfy { ("!"..."~").contains($0) }
    }

    static let pathPrefix = Self(text: #"\u002F[\u0021-\u007F]*"#) { text in
        text.hasPrefix("/") && text.unicodeScalars.allSatisfy { ("!"..."\u{7F}").contains($0) }
    }

    /// Returns a pattern for a set of characters; an empty value matches unless `text` ends in `+`.
    private static func characters(
        _ text: String,
        _ isAllowed: @escaping @Sendable (Unicode.Scalar) -> Bool
    ) -> Self {
        let allowsEmpty = !text.hasSuffix("+")
        return Self(text: text) { value in
            (allowsEmpty || !value.isEmpty) && value.unicodeScalars.allSatisfy(isAllowed)
        }
    }
}
