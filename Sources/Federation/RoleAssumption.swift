/// The way in which a mapping's role is assumed.
package indirect enum RoleAssumption: Hashable, Sendable {
    /// AssumeRoleWithWebIdentity with a token of the mapping's identity.
    case token
    /// Role chaining: AssumeRole with the credentials of another mapping, the hub.
    case hub(RoleMapping, ChainedSession)
}

/// The parameters of AssumeRole that AssumeRoleWithWebIdentity does not have.
///
/// Source: STS API reference 2011-06-15, AssumeRole, with the limits in botocore 1.43.
package struct ChainedSession: Hashable, Sendable {
    /// The longest duration of a session in a chain, even if the role's `MaxSessionDuration` is longer.
    package static let maximumDuration = Duration.seconds(3600)
    /// The maximum number of roles in a chain, including the first.
    package static let maximumChain = 5
    package static let maximumTags = 50

    /// The value that the trust policy requires as `sts:ExternalId`.
    package var externalID: String?
    /// The session tags: values by key.
    package var tags: [String: String]
    /// The keys of those session tags that AWS passes on to the next roles of the chain.
    package var transitiveTags: [String]
    /// The `SourceIdentity` of the session; the next roles of the chain keep the value.
    package var sourceIdentity: String?

    package init(
        externalID: String? = nil,
        tags: [String: String] = [:],
        transitiveTags: [String] = [],
        sourceIdentity: String? = nil
    ) {
        self.externalID = externalID
        self.tags = tags
        self.transitiveTags = transitiveTags
        self.sourceIdentity = sourceIdentity
    }

    /// Whether the text is a valid `ExternalId`: `[\w+=,.@:\/-]{2,1224}`.
    package static func isExternalID(_ text: String) -> Bool {
        (2...1224).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                RoleSessionName.isAllowed(byte) || ":/".utf8.contains(byte)
            }
    }

    /// Whether the text is a valid key of a session tag; keys that start with `aws:` are reserved.
    package static func isTagKey(_ text: String) -> Bool {
        (1...128).contains(text.unicodeScalars.count) && text.unicodeScalars.allSatisfy(isTagScalar)
            && !text.lowercased().hasPrefix("aws:")
    }

    /// Whether the text is a valid value of a session tag.
    package static func isTagValue(_ text: String) -> Bool {
        text.unicodeScalars.count <= 256 && text.unicodeScalars.allSatisfy(isTagScalar)
    }

    private static func isTagScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .spaceSeparator, .lineSeparator, .paragraphSeparator, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }
}

extension RoleMapping {
    /// The mapping whose credentials assume this role; `nil` if the role is assumed with a token.
    package var hub: RoleMapping? {
        if case .hub(let hub, _) = assumption { hub } else { nil }
    }

    /// The parameters of AssumeRole; `nil` if the role is assumed with a token.
    package var chained: ChainedSession? {
        if case .hub(_, let session) = assumption { session } else { nil }
    }

    /// The chain of mappings: first the mapping that uses a token, and last this mapping.
    package var chain: [RoleMapping] {
        (hub?.chain ?? []) + [self]
    }

    /// A copy with only the settings that affect the session (for example, without display tags and the probe).
    package var session: RoleMapping {
        var session = self
        session.refresh = .manual
        session.tags = []
        session.appRole = nil
        session.trustPolicyFile = nil
        session.probe = []
        session.setup = SetupRequest()
        if case .hub(let hub, let chained) = assumption { session.assumption = .hub(hub.session, chained) }
        return session
    }

    /// The source identity of the session, set by this mapping or by an earlier mapping of the chain.
    package var sourceIdentity: String? {
        chained?.sourceIdentity ?? hub?.sourceIdentity
    }
}
