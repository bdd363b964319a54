import Diagnosis
package import Federation
import FoundationEssentials

/// The findings of `doctor`.
package struct DoctorReport: Encodable {
    package let version = 1
    /// The conclusion, in a sentence or two.
    package let summary: String
    /// Whether at least one identity has a usable token source; without identities, whether `auto` finds a source.
    package let usable: Bool
    package let checks: [Check]
    package let sources: [Source]
    package let identities: [Identity]
    /// The names of the nonempty environment variables that at least one token source reads.
    package let variables: [String]

    package init(checks: [Check], survey: SourceReportList, identities: [ManagedIdentity]) {
        self.checks = checks
        sources = survey.sources.map(Source.init)
        self.identities = identities.compactMap { identity in
            survey.identities[identity.id].map { Identity(name: identity.id, $0) }
        }
        variables = survey.variables
        usable =
            self.identities.isEmpty
            ? survey.sources.contains { $0.isChosen && $0.isUsable }
            : self.identities.contains(where: \.usable)
        summary = Self.summary(usable: usable, self.identities, checks)
    }

    private static func summary(usable: Bool, _ identities: [Identity], _ checks: [Check]) -> String {
        guard usable else {
            let usable = identities.isEmpty ? "No token source is" : "No identity has a token source that is"
            return
                "\(usable) usable on this machine. Run cambist on a host to which the identity is assigned, "
                + "or set the identity's source to a usable source; `cambist console --lab` needs no source."
        }
        let broken = identities.filter { !$0.usable }.map(\.name)
        let troubled = checks.filter { $0.state == .trouble }.map(\.title)
        let complaints =
            (broken.isEmpty ? [] : ["identities without a usable source: " + broken.listed])
            + (troubled.isEmpty ? [] : ["problems: " + troubled.listed])
        let sources =
            identities.isEmpty ? "A token source is usable" : "Every identity has a usable token source"
        return complaints.isEmpty
            ? "\(sources), and no check of this host found a problem."
            : "At least one token source is usable; " + complaints.joined(separator: "; ") + "."
    }
}

extension DoctorReport {
    /// One check of the machine.
    package struct Check: Encodable {
        package enum State: String, Encodable {
            case ok
            /// The item does not exist or is unusable, which is not necessarily a problem.
            case missing
            case trouble
        }

        package let name: String
        package let state: State
        package let detail: String

        package init(_ name: String, _ state: State, _ detail: String) {
            self.name = name
            self.state = state
            self.detail = VisibleText.oneLine(detail, limit: 1000)
        }

        private enum CodingKeys: CodingKey {
            case name, state, detail
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(state, forKey: .state)
            try container.encode(encoder.naming(in: detail), forKey: .detail)
        }

        /// The name as the text output shows it.
        package var title: String {
            let service = name.prefix { $0 != " " }
            let titles: [Substring: String] = [
                "entra": "Entra", "graph": "Graph", "arm": "Resource Manager", "iam": "IAM", "sts": "STS",
            ]
            return titles[service].map { $0 + name.dropFirst(service.count) } ?? name
        }
    }

    /// A token source of this host.
    package struct Source: Encodable {
        package let source: String
        package let usable: Bool
        /// Whether `auto` chooses the source.
        package let chosen: Bool
        package let reason: Nullable<String>
        package let obstacle: Nullable<String>

        package init(_ report: SourceReport) {
            source = report.kind.rawValue
            usable = report.isUsable
            chosen = report.isChosen
            reason = Nullable(report.reason)
            obstacle = Nullable(report.obstacle)
        }
    }

    /// An identity of the configuration, with its token source.
    package struct Identity: Encodable {
        package let name: String
        package let source: String
        package let usable: Bool
        package let reason: Nullable<String>
        package let obstacle: Nullable<String>

        package init(name: String, _ report: SourceReport) {
            self.name = name
            source = report.kind.rawValue
            usable = report.isUsable
            reason = Nullable(report.reason)
            obstacle = Nullable(report.obstacle)
        }
    }
}

extension [String] {
    /// The first elements, and the number of the remaining elements.
    fileprivate var listed: String {
        prefix(5).joined(separator: ", ") + (count > 5 ? ", and \(count - 5) more" : "")
    }
}
