import Diagnosis
import Federation
import Propagation

import struct Foundation.Date

/// What is known of each mapping's role and trust policy, and what is being asked of it.
package struct TrustState: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        /// The question that has no answer yet.
        var pending: Request?
        /// The token's issuer that it was asked for.
        var issuer: String?
        var knowledge: RoleInspection?
    }

    private var entries: [RoleMapping.ID: Entry] = [:]

    init() {}

    subscript(id: RoleMapping.ID) -> Entry {
        get { entries[id] ?? Entry() }
        set { entries[id] = newValue }
    }

    /// Forgets mappings that are no more, or may have another role by now.
    mutating func keep(only mappings: [RoleMapping], of earlier: (RoleMapping.ID) -> RoleMapping?) {
        let same = Set(mappings.filter { earlier($0.id) == $0 }.map(\.id))
        entries = entries.filter { same.contains($0.key) }
    }

    /// Takes an answer, unless it is to an older question.
    mutating func learn(_ id: RoleMapping.ID, _ request: Request, _ knowledge: RoleInspection) {
        guard entries[id]?.pending == request else { return }
        entries[id]?.pending = nil
        entries[id]?.knowledge = knowledge
    }
}

extension ConsoleState {
    /// Older knowledge is read anew when the operator asks for an explanation.
    private static let freshness = Duration.seconds(30)

    /// What there is to know of an exchange of a mapping; `nil` for a mapping that is no more.
    func evidence(of id: RoleMapping.ID, record: ExchangeRecord?) -> Evidence? {
        guard let mapping = roster[id]?.mapping else { return nil }
        let identity = configuredIdentities[mapping.identity]
        var evidence =
            record.map { Evidence(of: $0, mapping: mapping, identity: identity, now: now) }
            ?? Evidence(request: RequestFacts(mapping: mapping), identity: identity, now: now)
        if let knowledge = trust[id].knowledge { evidence.add(knowledge) }
        evidence.lastChange = watches[id]?.watch.changed
        evidence.host = host
        return evidence
    }

    /// Asks what is known of a mapping's role, unless that is being asked already.
    mutating func explain(_ id: RoleMapping.ID, isFresh: Bool = false) -> [Effect] {
        let issuer = roster[id]?.lastRecord?.token?.claims.issuer
        guard roster[id] != nil, trust[id].pending == nil else { return [] }
        let request = nextRequest()
        trust[id].pending = request
        trust[id].issuer = issuer
        return [.explain(id, request, issuer: issuer, asksClouds: !isReadOnly, isFresh: isFresh)]
    }

    /// Asks anew when what is known has aged.
    mutating func explainAnew(_ id: RoleMapping.ID) -> [Effect] {
        if let at = trust[id].knowledge?.at, now.since(at) < Self.freshness { return [] }
        return explain(id, isFresh: trust[id].knowledge != nil)
    }

    /// What the screen needs to know and nobody has asked for.
    mutating func wantedKnowledge() -> [Effect] {
        let wanted: RoleMapping.ID?
        if case .explanation(let reader) = overlay {
            wanted = reader.mapping
        } else {
            wanted = panel == .trust ? roster.selected?.id : nil
        }
        guard let wanted else { return [] }
        let entry = trust[wanted]
        let issuer = roster[wanted]?.lastRecord?.token?.claims.issuer
        let isKnown = entry.knowledge != nil && (issuer == nil || entry.issuer == issuer)
        return isKnown ? [] : explain(wanted)
    }
}
