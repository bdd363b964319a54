import Discovery
import Federation
import Operations

/// The output of `discover --json`.
struct DiscoveryAnswer: Encodable {
    struct Mapping: Encodable {
        let name: String
        let roleArn: String
        let identity: Nullable<String>
        let audience: Nullable<String>
        let appRole: Nullable<String>
        let via: Nullable<String>
        let externalId: Nullable<String>
        let evidence: [String]
    }

    struct Identity: Encodable {
        let name: String
        let tenantId: Nullable<String>
        let clientId: Nullable<String>
        let principalId: Nullable<String>
        let systemAssigned: Bool
        let tokenFile: Nullable<String>
        let evidence: [String]
    }

    struct Note: Encodable {
        let subject: String
        let reason: String
    }

    let version = 1
    let mappings: [Mapping]
    let identities: [Identity]
    let configured: [Note]
    let omitted: [Note]
    let unreadable: [Note]
    let accounts: [String]
    let yaml: String
    let path: String
    let written: Bool
    var error: ErrorReport?

    init(_ report: DiscoveryReport, path: String, isWritten: Bool, error: ErrorReport? = nil) {
        mappings = report.mappings.map { mapping in
            Mapping(
                name: mapping.name,
                roleArn: "\(mapping.roleARN)",
                identity: Nullable(mapping.identity),
                audience: Nullable(mapping.audience),
                appRole: Nullable(mapping.appRole),
                via: Nullable(mapping.via),
                externalId: Nullable(mapping.externalID),
                evidence: mapping.evidence
            )
        }
        identities = report.identities.map { identity in
            Identity(
                name: identity.name,
                tenantId: Nullable(identity.tenantID),
                clientId: Nullable(identity.clientID),
                principalId: Nullable(identity.principalID),
                systemAssigned: identity.isSystemAssigned,
                tokenFile: Nullable(identity.tokenFile),
                evidence: identity.evidence
            )
        }
        let notes = { (notes: [DiscoveryNote]) in
            notes.map { Note(subject: $0.subject, reason: $0.reason) }
        }
        configured = notes(report.configured)
        omitted = notes(report.omissions)
        unreadable = notes(report.unreadable)
        accounts = report.accounts
        yaml = ProposalText(report).document
        self.path = path
        written = isWritten
        self.error = error
    }
}
