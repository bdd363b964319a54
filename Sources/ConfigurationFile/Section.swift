import Federation
import YAMLReader

/// A group of keys of the file, each of which sets something in a draft.
struct Section<Draft: Sendable>: Sendable {
    /// The draft with the built-in values.
    let blank: Draft
    /// In display order.
    let fields: [Field<Draft>]
    let names: [String]

    init(blank: Draft, fields: [Field<Draft>]) {
        self.blank = blank
        self.fields = fields
        names = fields.map(\.name)
    }

    /// The description of all its keys, from the top down.
    var reference: [KeyReference] {
        fields.map { field in
            KeyReference(
                name: field.name,
                help: field.help,
                example: field.example,
                accepted: field.value?.accepted ?? "",
                isEvident: field.value?.isEvident ?? true,
                standard: field.value?.write(blank).flatMap { PlainText.isEmpty($0) ? nil : $0 },
                isRequired: field.isRequired,
                variables: field.variables,
                sources: field.sources.map(\.rawValue),
                keys: field.subsection?.reference ?? []
            )
        }
    }
}

/// One key: its name, its format and the property it sets.
struct Field<Draft: Sendable>: Sendable {
    let name: String
    /// Its purpose, in a few words.
    let help: String
    /// A value for the starter file.
    let example: String
    let isRequired: Bool
    /// The environment variables read when the file has no value; the first one set counts.
    let variables: [String]
    /// The token sources that read it; all of them when empty.
    let sources: [TokenSourceKind]
    /// The format of its value; `nil` when it has keys of its own.
    let value: Value?
    /// Its own keys.
    let subsection: Subsection?

    /// Whether a token source reads it.
    func isRead(by source: TokenSourceKind) -> Bool {
        sources.isEmpty || sources.contains(source)
    }

    struct Value: Sendable {
        let accepted: String
        let isEvident: Bool
        let read: @Sendable (YAMLElement, inout Draft, inout Findings) -> Void
        /// The value in a draft as the file would have it; `nil` when there is none.
        let write: @Sendable (Draft) -> String?
    }

    struct Subsection: Sendable {
        let read: @Sendable (SectionSource, inout Draft, inout SectionReader) -> Void
        let names: [String]
        let reference: [KeyReference]
    }
}

extension Field {
    /// The place in a draft that a key sets.
    typealias Target<Content> = any WritableKeyPath<Draft, Content> & Sendable

    /// A key whose value may be absent.
    init<Content>(
        _ name: String,
        _ target: Target<Content?>,
        _ format: ValueFormat<Content>,
        isRequired: Bool = false,
        variables: [String] = [],
        sources: [TokenSourceKind] = [],
        example: String,
        help: String
    ) {
        self.init(
            name: name,
            help: help,
            example: example,
            isRequired: isRequired,
            variables: variables,
            sources: sources,
            value: Value(
                accepted: format.accepted,
                isEvident: format.isEvident,
                read: { element, draft, findings in
                    if let content = format.read(element, &findings) { draft[keyPath: target] = content }
                },
                write: { $0[keyPath: target].map(format.write) }
            ),
            subsection: nil
        )
    }

    /// A key that has a built-in value.
    init<Content>(
        _ name: String,
        _ target: Target<Content>,
        _ format: ValueFormat<Content>,
        variables: [String] = [],
        sources: [TokenSourceKind] = [],
        example: String,
        help: String
    ) {
        self.init(
            name: name,
            help: help,
            example: example,
            isRequired: false,
            variables: variables,
            sources: sources,
            value: Value(
                accepted: format.accepted,
                isEvident: format.isEvident,
                read: { element, draft, findings in
                    if let content = format.read(element, &findings) { draft[keyPath: target] = content }
                },
                write: { format.write($0[keyPath: target]) }
            ),
            subsection: nil
        )
    }

    /// A key with keys of its own.
    static func section<Content>(
        _ name: String,
        _ target: Target<Content>,
        _ section: Section<Content>,
        help: String
    ) -> Self {
        Self(
            name: name,
            help: help,
            example: "",
            isRequired: false,
            variables: [],
            sources: [],
            value: nil,
            subsection: Subsection(
                read: { source, draft, reader in
                    reader.read(section, from: source, into: &draft[keyPath: target])
                },
                names: section.names,
                reference: section.reference
            )
        )
    }
}
