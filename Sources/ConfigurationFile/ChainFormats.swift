import Federation
import YAMLReader

/// A pattern for one character of a session tag; it excludes only the ASCII characters that AWS does not allow.
private let tagCharacter = ##"[^\u0000-\u001F!"#$%&'()*,;<>?\[\\\]^`{|}~\u007F]"##

extension ValueFormat where Value == String {
    static let externalID = Self(
        accepted: "2 to 1224 letters, digits, and any of _ + = , . @ : / -",
        schema: ValueSchema.scalar("^[A-Za-z0-9_+=,.@:/-]{2,1224}$", minimumLength: 2),
        write: \.self
    ) { ChainedSession.isExternalID($0) ? $0 : nil }

    static let sourceIdentity = Self(
        accepted: "2 to 64 letters, digits, and any of _ + = , . @ -",
        schema: ValueSchema.scalar("^[A-Za-z0-9_+=,.@-]{2,64}$", minimumLength: 2),
        write: \.self
    ) { RoleSessionName.isValid($0) ? $0 : nil }

    fileprivate static let tagKey = Self(
        accepted:
            "a key of 1 to 128 letters, digits, blanks, and any of _ . : / = + - @, not starting with aws:",
        schema: ValueSchema.scalar("^(?![Aa][Ww][Ss]:)\(tagCharacter){1,128}$"),
        write: \.self
    ) { ChainedSession.isTagKey($0) ? $0 : nil }

    fileprivate static let tagValue = Self(
        accepted: "a value of at most 256 letters, digits, blanks, and any of _ . : / = + - @",
        schema: ValueSchema.anyOf(ValueSchema.scalar("^\(tagCharacter){0,256}$"), ValueSchema.null),
        write: \.self
    ) { ChainedSession.isTagValue($0) ? $0 : nil }
}

extension ValueFormat where Value == [String] {
    static let tagKeys = list(of: .tagKey, accepted: "a list of keys of session_tags: [team]")
}

extension ValueFormat where Value == [String: String] {
    static var sessionTags: Self {
        let table = table(of: .tagValue, accepted: "at most 50 tags: {key: value}")
        return Self(
            accepted: table.accepted,
            schema: ValueSchema.table(
                of: ValueFormat<String>.tagValue.schema,
                names: ValueFormat<String>.tagKey.schema,
                atMost: ChainedSession.maximumTags
            ),
            read: { element, findings in
                guard let tags = table.read(element, &findings) else { return nil }
                let keys = tags.keys.sorted()
                for key in keys where !ChainedSession.isTagKey(key) {
                    findings.add(
                        at: element.below(key),
                        found: "the key \(YAMLElement.quoted(key))",
                        accepted: ValueFormat<String>.tagKey.accepted
                    )
                    return nil
                }
                guard tags.count <= ChainedSession.maximumTags,
                    Set(keys.map { $0.lowercased() }).count == tags.count
                else {
                    findings.add(
                        at: element,
                        found: "\(tags.count) tags",
                        accepted:
                            "at most \(ChainedSession.maximumTags), whose keys differ by more than letter case"
                    )
                    return nil
                }
                return tags
            },
            write: table.write
        )
    }
}
