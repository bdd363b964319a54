import Federation
import YAMLReader

/// The text form of a value: its accepted values, its parser and its formatter.
struct ValueFormat<Value: Sendable>: Sendable {
    /// The accepted values, in the words of errors and of the key reference.
    let accepted: String
    /// Whether an example alone shows what is accepted.
    var isEvident = true
    /// The value; what is wrong with it is noted, and the result is then `nil`.
    let read: @Sendable (YAMLElement, inout Findings) -> Value?
    /// The value as it would be written in the file, on one line.
    let write: @Sendable (Value) -> String
}

extension ValueFormat {
    /// A value that is one word or text.
    ///
    /// - Parameters:
    ///   - accepted: What is accepted, in a few words.
    ///   - isEvident: Whether an example alone shows it.
    ///   - isShown: Whether an error repeats what was found; no for what may be a secret by mistake.
    ///   - write: The value as text.
    ///   - parse: The value of a text; `nil` when it is none.
    init(
        accepted: String,
        isEvident: Bool = true,
        isShown: Bool = true,
        write: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        self.init(
            accepted: accepted,
            isEvident: isEvident,
            read: { element, findings in
                if let text = element.text, let value = parse(text) { return value }
                let found = isShown || element.text == nil ? nil : "something else"
                findings.add(at: element, found: found, accepted: accepted)
                return nil
            },
            write: { PlainText.scalar(write($0)) }
        )
    }

    /// Several values of one form: `[a, b]`, or one after the other with commas in an environment variable.
    static func list<Item>(
        of item: ValueFormat<Item>,
        accepted: String,
        count: ClosedRange<Int> = 0 ... .max
    ) -> Self where Value == [Item] {
        Self(
            accepted: accepted,
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

    /// Names of the user's own with a value each: `{name: value}`.
    static func table<Item>(of item: ValueFormat<Item>, accepted: String) -> Self
    where Value == [String: Item] {
        Self(
            accepted: accepted,
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
