package import Federation

/// The JSON Schema of the configuration file, for editors and validators.
///
/// The schema derives from the tables that the reader uses. The schema contains the keys, the format of each value,
/// required keys, and the keys of each token source.
///
/// A file that the schema rejects is invalid. An accepted file may still have inconsistent entries (for example, an
/// unknown identity), which `cambist config check` reports.
package struct ConfigurationSchema: Sendable {
    private let vocabulary: ConsoleVocabulary
    private let reference = ConfigurationFile.reference

    /// - Parameter vocabulary: The console's actions and columns.
    package init(vocabulary: ConsoleVocabulary) {
        self.vocabulary = vocabulary
    }

    package var json: JSONValue {
        let (identities, mappings) = (keys(of: "identities"), keys(of: "mappings"))
        var properties = Dictionary(reference.map { ($0.name, property($0)) }) { $1 }
        properties["defaults"] = described(group(identities + mappings), reference.first)
        for (name, definition) in [("identities", "identity"), ("mappings", "mapping")] {
            let entries = ValueSchema.table(
                of: .object(["$ref": .string("#/definitions/\(definition)")]),
                names: ValueFormat<String>.name.schema
            )
            properties[name] = described(entries, reference.first { $0.name == name })
        }
        return .object([
            "$schema": .string("http://json-schema.org/draft-07/schema#"),
            "title": .string("configuration of cambist"),
            "type": ValueSchema.types("object", "null"),
            "properties": .object(properties),
            "additionalProperties": .bool(false),
            "allOf": .array(mappings.filter(\.isRequired).map(requirement)),
            "definitions": .object([
                "identity": group(identities, also: ["allOf": .array(sourceRules(identities))]),
                "mapping": group(mappings),
            ]),
        ])
    }

    private func keys(of group: String) -> [KeyReference] {
        reference.first { $0.name == group }?.keys ?? []
    }

    /// The schema of a key's value; a key without a value counts as absent.
    private func property(_ key: KeyReference) -> JSONValue {
        let schema =
            switch key.name {
            case "keys": actions
            case "columns": columns
            default: key.schema ?? group(key.keys)
            }
        return described(key.keys.isEmpty ? ValueSchema.anyOf(schema, ValueSchema.null) : schema, key)
    }

    /// The schema of a group of keys, which may be empty.
    private func group(_ keys: [KeyReference], also others: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "type": ValueSchema.types("object", "null"),
            "properties": .object(Dictionary(keys.map { ($0.name, property($0)) }) { $1 }),
            "additionalProperties": .bool(false),
        ]
        return .object(members.merging(others) { $1 })
    }

    private func described(_ schema: JSONValue, _ key: KeyReference?) -> JSONValue {
        guard let key, var members = schema.members else { return schema }
        var text = key.help
        if !key.accepted.isEmpty { text += ": \(key.accepted)" }
        if !key.variables.isEmpty { text += "; if absent, \(key.variables.alternatives)" }
        if !key.sources.isEmpty { text += "; for source \(key.sources.alternatives)" }
        if let value = key.defaultValue { text += "; default: \(value)" }
        members["description"] = .string(text)
        return .object(members)
    }

    private var actions: JSONValue {
        let actions = vocabulary.actions.map { action in
            let text = JSONValue.string("\(action.help); default: \(action.key)")
            let types = ValueSchema.types("string", "number")
            return (action.name, JSONValue.object(["type": types, "description": text]))
        }
        return .object([
            "type": ValueSchema.types("object", "null"),
            "properties": .object(Dictionary(actions) { $1 }),
            "additionalProperties": .bool(false),
        ])
    }

    private var columns: JSONValue {
        ValueSchema.list(of: ValueSchema.words(vocabulary.columns), count: 0 ... .max)
    }

    /// Returns the rule for a required key: each mapping or `defaults:` has the key or the key's replacement.
    private func requirement(_ key: KeyReference) -> JSONValue {
        let given = [key.name, key.replacement].compactMap(\.self).map { name in
            JSONValue.object([
                "type": .string("object"), "required": .array([.string(name)]),
                "properties": .object([name: .object(["not": ValueSchema.null])]),
            ])
        }
        let either: JSONValue = given.count == 1 ? given[0] : .object(["anyOf": .array(given)])
        return .object([
            "if": .object([
                "type": .string("object"), "required": .array([.string("defaults")]),
                "properties": .object(["defaults": either]),
            ]),
            "else": .object(["properties": .object(["mappings": .object(["additionalProperties": either])])]),
        ])
    }

    /// Returns a rule for each source: an identity has only keys that the source reads.
    private func sourceRules(_ keys: [KeyReference]) -> [JSONValue] {
        TokenSourceKind.allCases.map { source in
            let others = keys.filter { !$0.sources.isEmpty && !$0.sources.contains(source.rawValue) }
            return .object([
                "if": .object([
                    "required": .array([.string("source")]),
                    "properties": .object(["source": .object(["const": .string(source.rawValue)])]),
                ]),
                "then": .object([
                    "properties": .object(Dictionary(others.map { ($0.name, ValueSchema.null) }) { $1 })
                ]),
            ])
        }
    }
}
