extension SetupPlan {
    /// The plan's objects as `setup plan --json` answers them.
    ///
    /// `{"cloud","kind","name","state","diff":[{"property","found":[…],"wanted":[…]}],"notes":[{"id","text"}],
    /// "ours":bool|null,"error":{"code","message","fix"}|null}`
    package var json: JSONValue {
        .array(objects.map(\.json))
    }
}

extension SetupObject {
    package var json: JSONValue {
        .object([
            "cloud": .string(id.kind.cloud.rawValue),
            "kind": .string(id.kind.rawValue),
            "name": .string(id.name),
            "state": .string(state.rawValue),
            "diff": .array(
                differences.map {
                    .object([
                        "property": .string($0.property),
                        "found": .array($0.found.map(JSONValue.string)),
                        "wanted": .array($0.wanted.map(JSONValue.string)),
                    ])
                }
            ),
            "notes": .array(notes.map { .object(["id": .string($0.id), "text": .string($0.text)]) }),
            "ours": isOurs.map(JSONValue.bool) ?? .null,
            "error": obstacle.map {
                .object([
                    "code": .string($0.code), "message": .string($0.message), "fix": .string($0.fix),
                ])
            } ?? .null,
        ])
    }
}
