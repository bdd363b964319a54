import Federation
import FoundationEssentials
import YAMLReader

extension ValueFormat where Value == String {
    /// Text that is not blank and has no control characters.
    static let text = text("text")

    /// Returns the format ``text`` with a more specific description.
    static func text(_ accepted: String) -> Self {
        Self(accepted: accepted, schema: ValueSchema.text, write: \.self) { text in
            // Visible ASCII needs no Unicode tables.
            if !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return text }
            let isBlank = text.allSatisfy(\.isWhitespace)
            return isBlank || text.unicodeScalars.contains { $0.properties.generalCategory == .control }
                ? nil : text
        }
    }

    /// A file path: absolute, below the home directory (`~/`), or relative to the configuration's directory.
    static let file = Self(
        accepted: "a file",
        schema: ValueSchema.text,
        read: { element, findings in
            let name = text("a file").read(element, &findings)
            if let name { findings.addFile(name, at: element) }
            return name
        },
        write: text.write
    )

    /// The name of an environment variable; errors do not repeat the value, which may be a misplaced secret.
    static let variableName = Self(
        accepted: "the name of an environment variable (letters, digits, _)",
        schema: ValueSchema.anyOf(ValueSchema.string("^[A-Za-z_][A-Za-z0-9_]*$"), ValueSchema.boolean),
        isShown: false,
        write: \.self
    ) { text in
        let isName = !text.isEmpty && text.consists(of: .letters + .digits + ASCIISet("_"))
        return isName && !text.prefix(1).consists(of: .digits) ? text : nil
    }

    /// A GUID, converted to lowercase as Entra writes it.
    static let guid = Self(
        accepted: "a GUID such as 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74",
        schema: ValueSchema.string("^\(ValueSchema.guidPattern)$"),
        write: \.self
    ) { text in
        text.isGUID ? text.lowercased() : nil
    }

    /// The name that defines an identity or a mapping; used in URLs, session names, keyring entries, and arguments.
    static let name = name(
        "a name of at most 64 letters, digits, _ + = , . @ - that starts with a letter or digit"
    )

    /// A reference to an identity that the file defines.
    static let identityName = name("a name under identities")

    /// A reference to another mapping that the file defines.
    static let mappingName = name("another name under mappings")

    /// The name of a node of the fleet.
    static let nodeName = name(
        "a name of at most 64 letters, digits, _ + = , . @ - that starts with a letter or digit"
    )

    private static func name(_ accepted: String) -> Self {
        Self(
            accepted: accepted,
            schema: ValueSchema.scalar("^[A-Za-z0-9][A-Za-z0-9_+=,.@-]{0,63}$"),
            write: \.self
        ) { text in
            let isName = (1...64).contains(text.utf8.count) && text.consists(of: .sessionName)
            return isName && text.prefix(1).consists(of: .letters + .digits) ? text : nil
        }
    }
}

extension ValueFormat where Value == String {
    fileprivate static let thumbprint = Self(
        accepted: "40 hexadecimal digits, without colons",
        schema: ValueSchema.scalar("^[0-9A-Fa-f]{40}$"),
        write: \.self
    ) { text in
        text.utf8.count == 40 && text.consists(of: .hexadecimal) ? text : nil
    }
}

extension ValueFormat where Value == [String] {
    static let words = list(of: .text, accepted: "a list of words: [one, two]")

    /// The thumbprints of an OIDC provider (IAM API reference, CreateOpenIDConnectProvider).
    static let thumbprints = list(
        of: .thumbprint,
        accepted: "a list of at most 5 thumbprints of 40 hexadecimal digits",
        count: 0...5
    )

    /// A command: a program and its arguments.
    static let command = list(
        of: .text,
        accepted: "a command as a list of words: [program, argument]",
        count: 1...1000
    )
}

extension ValueFormat where Value == [ARN] {
    static func policies(atMost count: Int) -> Self {
        list(
            of: .policyARN,
            accepted: "a list of at most \(count) ARNs of managed policies",
            count: 0...count
        )
    }
}

extension ValueFormat where Value == Bool {
    static let boolean = Self(
        accepted: "true or false",
        schema: ValueSchema.boolean,
        isSelfExplanatory: false,
        write: \.description
    ) { text in
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }
}

extension ValueFormat where Value == Int {
    /// Returns a format for decimal integers in a range.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(
            accepted: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            schema: ValueSchema.integer(range),
            write: \.description
        ) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueFormat where Value == Double {
    /// Returns a format for decimal numbers in a range.
    static func factor(_ range: ClosedRange<Double>) -> Self {
        let accepted = "a number from \(write(range.lowerBound)) to \(write(range.upperBound))"
        let schema = ValueSchema.number(range)
        return Self(accepted: accepted, schema: schema, isSelfExplanatory: false, write: write) { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    @Sendable
    private static func write(_ number: Double) -> String {
        Int(exactly: number)?.description ?? number.description
    }
}

extension ValueFormat where Value == Duration {
    /// Returns a format for durations in a range, such as `90s`, `15m`, `1h30m`.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let lower = DurationText.format(range.lowerBound)
        let upper = DurationText.format(range.upperBound)
        return Self(
            accepted: "\(lower) to \(upper)",
            schema: ValueSchema.duration(range),
            isSelfExplanatory: false,
            write: DurationText.format
        ) { text in
            DurationText.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the raw values of an enumeration.
    static var choice: Self {
        Self(
            accepted: Value.allCases.map(\.rawValue).alternatives,
            schema: ValueSchema.words(Value.allCases.map(\.rawValue)),
            isSelfExplanatory: false,
            write: \.rawValue
        ) {
            Value(rawValue: $0)
        }
    }
}

extension [String] {
    /// The words as a list of alternatives: `a or b`; `a, b, or c`.
    var alternatives: String {
        // The program builds these texts at each start, so speed matters. `joined` on a slice is slow, because the
        // Swift runtime searches its conformance tables.
        var text = ""
        for (index, word) in enumerated() {
            if index > 0 { text += index < count - 1 ? ", " : count > 2 ? ", or " : " or " }
            text += word
        }
        return text
    }
}
