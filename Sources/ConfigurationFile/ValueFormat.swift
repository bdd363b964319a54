import Federation
import YAMLReader

/// The text format of a value: a description of accepted values, a schema, a parser, and a formatter.
struct ValueFormat<Value: Sendable>: Sendable {
    /// A description of the accepted values, for errors and the key reference.
    let accepted: String
    /// The JSON Schema of the value; the schema accepts every value that the parser accepts.
    let schema: JSONValue
    /// Whether a key's example is sufficient; if so, the key reference omits ``accepted``.
    var isSelfExplanatory = true
    /// Parses the value; returns `nil` and records a problem if the value is invalid.
    let read: @Sendable (YAMLElement, inout Findings) -> Value?
    /// Formats the value on one line, in the notation of the file.
    let write: @Sendable (Value) -> String
}

extension ValueFormat {
    /// Creates a format for a scalar value.
    ///
    /// - Parameters:
    ///   - accepted: A short description of the accepted values.
    ///   - schema: The JSON Schema of the value; see ``ValueSchema``.
    ///   - isSelfExplanatory: See the property.
    ///   - isShown: Whether errors show the invalid value; `false` for values that may be misplaced secrets.
    ///   - write: Formats a value.
    ///   - parse: Parses a text; returns `nil` if the text is invalid.
    init(
        accepted: String,
        schema: JSONValue,
        isSelfExplanatory: Bool = true,
        isShown: Bool = true,
        write: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        self.init(
            accepted: accepted,
            schema: schema,
            isSelfExplanatory: isSelfExplanatory,
            read: { element, findings in
                if let text = element.text, let value = parse(text) { return value }
                let isHidden = !isShown && element.text != nil
                let found = isHidden ? "a value that is not shown, because it may be a secret" : nil
                findings.add(at: element, found: found, accepted: accepted)
                return nil
            },
            write: { PlainText.scalar(write($0)) }
        )
    }

    /// Returns a format for lists: `[a, b]`, or values separated by commas in an environment variable.
    static func list<Item>(
        of item: ValueFormat<Item>,
        accepted: String,
        count: ClosedRange<Int> = 0 ... .max
    ) -> Self where Value == [Item] {
        Self(
            accepted: accepted,
            schema: ValueSchema.list(of: item.schema, count: count),
            read: { element, findings in
                guard let items = element.isVariable ? element.commaSeparated : element.items,
                    count.contains(items.count)
                else {
                    findings.add(
                        at: element,
                        found: element.items.map { "a list of \($0.count)" },
                        accepted: accepted
                    )
                    return nil
                }
                let values = items.compactMap { item.read($0, &findings) }
                return values.count == items.count ? values : nil
            },
            write: { "[" + $0.map(item.write).joined(separator: ", ") + "]" }
        )
    }

    /// Returns a format for tables of values with arbitrary names: `{name: value}`.
    static func table<Item>(of item: ValueFormat<Item>, accepted: String) -> Self
    where Value == [String: Item] {
        Self(
            accepted: accepted,
            schema: ValueSchema.table(of: item.schema),
            read: { element, findings in
                guard let members = element.members(&findings) else {
                    findings.add(at: element, accepted: accepted)
                    return nil
                }
                let pairs = members.compactMap { name, member in
                    item.read(member, &findings).map { (name, $0) }
                }
                return pairs.count == members.count ? Dictionary(pairs) { $1 } : nil
            },
            write: { table in
                let members = table.sorted { $0.key < $1.key }.map {
                    "\(PlainText.scalar($0.key)): \(item.write($0.value))"
                }
                return "{" + members.joined(separator: ", ") + "}"
            }
        )
    }
}
