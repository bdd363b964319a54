import Federation
import YAMLReader

/// A group of keys in the file.
///
/// A draft is the value that the reader builds from the keys. Each key sets a property of the draft.
struct Section<Draft: Sendable>: Sendable {
    /// A draft with the built-in defaults.
    let defaultDraft: Draft
    /// The keys, in display order.
    let fields: [Field<Draft>]
    let names: [String]
    /// The keys to process even if the file lacks them: required keys, and keys with environment variables.
    let requiredFields: [Field<Draft>]
    private let positions: [String: Int]
    /// The token sources that read each key; a key that all sources read is absent.
    private let readers: [String: [TokenSourceKind]]

    init(defaultDraft: Draft, fields: [Field<Draft>], readers: [String: [TokenSourceKind]] = [:]) {
        self.defaultDraft = defaultDraft
        self.fields = fields
        names = fields.map(\.name)
        requiredFields = fields.filter { !$0.isOptional }
        positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        self.readers = readers
    }

    subscript(name: String) -> Field<Draft>? { positions[name].map { fields[$0] } }

    /// The descriptions of all keys in the section and below.
    var reference: [KeyReference] {
        fields.map { field in
            KeyReference(
                name: field.name,
                help: field.help,
                example: field.example,
                accepted: field.value?.accepted ?? "",
                schema: field.value?.schema,
                isSelfExplanatory: field.value?.isSelfExplanatory ?? true,
                defaultValue: field.value?.write(defaultDraft).flatMap { PlainText.isEmpty($0) ? nil : $0 },
                isRequired: field.isRequired,
                replacement: field.replacement,
                variables: field.variables,
                sources: readers[field.name, default: []].map(\.rawValue),
                keys: field.subsection?.reference ?? []
            )
        }
    }
}

/// A key, with the format of its value and the property that the value sets.
///
/// This type is a class to avoid a copy of all properties for each value in a large file.
final class Field<Draft: Sendable>: Sendable {
    let name: String
    /// A short description of the key's purpose.
    let help: String
    /// An example value for the starter file.
    let example: String
    let isRequired: Bool
    /// The key that can be present in place of this required key.
    let replacement: String?
    /// The environment variables that are read if the file has no value; the first variable that is set is used.
    let variables: [String]
    /// The format of the value; `nil` for a key that contains other keys.
    let value: Value?
    /// The keys below this key, if any.
    let subsection: Subsection?

    private init(
        name: String,
        help: String,
        example: String,
        isRequired: Bool = false,
        replacement: String? = nil,
        variables: [String] = [],
        value: Value? = nil,
        subsection: Subsection? = nil
    ) {
        self.name = name
        self.help = help
        self.example = example
        self.isRequired = isRequired
        self.replacement = replacement
        self.variables = variables
        self.value = value
        self.subsection = subsection
    }

    /// Whether an absent key has no effect.
    var isOptional: Bool { !isRequired && variables.isEmpty && subsection?.isOptional != false }

    struct Value: Sendable {
        let accepted: String
        let schema: JSONValue
        let isSelfExplanatory: Bool
        let read: @Sendable (YAMLElement, inout Draft, inout Findings) -> Void
        /// Returns the draft's value in the notation of the file; `nil` if there is no value.
        let write: @Sendable (Draft) -> String?
    }

    struct Subsection: Sendable {
        /// Whether no key is required and no key has an environment variable.
        let isOptional: Bool
        let read: @Sendable (SectionSource, inout Draft, inout SectionReader) -> Void
        let names: [String]
        let reference: [KeyReference]
    }
}

extension Field {
    /// The property of a draft that a key sets.
    typealias Target<Content> = any WritableKeyPath<Draft, Content> & Sendable

    /// Creates a key whose value is optional.
    convenience init<Content>(
        _ name: String,
        _ target: Target<Content?>,
        _ format: ValueFormat<Content>,
        isRequired: Bool = false,
        isReplacedBy replacement: String? = nil,
        variables: [String] = [],
        example: String,
        help: String
    ) {
        self.init(
            name: name,
            help: help,
            example: example,
            isRequired: isRequired,
            replacement: replacement,
            variables: variables,
            value: Value(
                accepted: format.accepted,
                schema: format.schema,
                isSelfExplanatory: format.isSelfExplanatory,
                read: { element, draft, findings in
                    if let content = format.read(element, &findings) { draft[keyPath: target] = content }
                },
                write: { $0[keyPath: target].map(format.write) }
            )
        )
    }

    /// Creates a key with a built-in default.
    convenience init<Content>(
        _ name: String,
        _ target: Target<Content>,
        _ format: ValueFormat<Content>,
        variables: [String] = [],
        example: String,
        help: String
    ) {
        self.init(
            name: name,
            help: help,
            example: example,
            variables: variables,
            value: Value(
                accepted: format.accepted,
                schema: format.schema,
                isSelfExplanatory: format.isSelfExplanatory,
                read: { element, draft, findings in
                    if let content = format.read(element, &findings) { draft[keyPath: target] = content }
                },
                write: { format.write($0[keyPath: target]) }
            )
        )
    }

    /// Creates a key that contains other keys.
    static func section<Content>(
        _ name: String,
        _ target: Target<Content>,
        _ section: Section<Content>,
        help: String
    ) -> Field {
        Field(
            name: name,
            help: help,
            example: "",
            subsection: Subsection(
                isOptional: section.fields.allSatisfy(\.isOptional),
                read: { source, draft, reader in
                    reader.read(section, from: source, into: &draft[keyPath: target])
                },
                names: section.names,
                reference: section.reference
            )
        )
    }
}
