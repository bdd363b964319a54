import Diagnosis
import Federation
import Foundation

/// What `doctor` answers.
struct DoctorReport: Encodable {
    let version = 1
    /// What follows from all of it, in a sentence or two.
    let summary: String
    /// Whether a token can be asked for here.
    let usable: Bool
    let checks: [Check]
    let sources: [Source]
    let identities: [Identity]
    /// The names of the variables that are set and that sources read.
    let variables: [String]

    init(checks: [Check], survey: SourceSurvey, identities: [ManagedIdentity]) {
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
            return
                "No token can be had on this machine: no source is usable. Run cambist on the host that owns the "
                + "identity, or name another source under the identity; `cambist console --lab` needs none."
        }
        let broken = identities.filter { !$0.usable }.map(\.name)
        let troubled = checks.filter { $0.state == .trouble }.map(\.title)
        let complaints =
            (broken.isEmpty ? [] : ["identities without a usable source: " + broken.listed])
            + (troubled.isEmpty ? [] : ["trouble with: " + troubled.listed])
        return complaints.isEmpty
            ? "All that cambist needs is here."
            : "Tokens can be had here; " + complaints.joined(separator: "; ") + "."
    }
}

extension DoctorReport {
    /// One thing that was looked at.
    struct Check: Encodable {
        enum State: String, Encodable {
            case ok
            /// It is not there, which may be as it should be.
            case missing
            case trouble
        }

        let name: String
        let state: State
        let detail: String

        init(_ name: String, _ state: State, _ detail: String) {
            self.name = name
            self.state = state
            self.detail = VisibleText.oneLine(detail, limit: 1000)
        }

        /// The name as people write it.
        var title: String {
            let service = name.prefix { $0 != " " }
            let titles: [Substring: String] = [
                "entra": "Entra", "graph": "Graph", "iam": "IAM", "sts": "STS",
            ]
            return titles[service].map { $0 + name.dropFirst(service.count) } ?? name
        }
    }

    /// A token source of this host.
    struct Source: Encodable {
        let source: String
        let usable: Bool
        /// Whether `auto` takes it.
        let chosen: Bool
        let reason: Nullable<String>
        let obstacle: Nullable<String>

        init(_ report: SourceReport) {
            source = report.kind.rawValue
            usable = report.isUsable
            chosen = report.isChosen
            reason = Nullable(report.reason)
            obstacle = Nullable(report.obstacle)
        }
    }

    /// An identity of the configuration, with the source that serves it.
    struct Identity: Encodable {
        let name: String
        let source: String
        let usable: Bool
        let reason: Nullable<String>
        let obstacle: Nullable<String>

        init(name: String, _ report: SourceReport) {
            self.name = name
            source = report.kind.rawValue
            usable = report.isUsable
            reason = Nullable(report.reason)
            obstacle = Nullable(report.obstacle)
        }
    }
}

// The same for people.
extension DoctorReport {
    /// A line each, with its mark: `ok`, `--` for what is not there, `!!` for what is wrong.
    var text: String {
        let names = checks.map(\.title) + sources.map(\.source) + identities.prefix(Self.shown).map(\.name)
        let width = names.map(\.count).max() ?? 0
        func line(_ mark: String, _ name: String, _ detail: String) -> String {
            "\(mark) \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(detail)"
        }
        let checked = checks.map { line($0.state.mark, $0.title, $0.detail) }
        let listed = sources.map { source in
            let chosen = source.chosen ? "chosen by auto: \(source.reason.value ?? "")" : "usable"
            return line(source.usable ? "ok" : "--", source.source, source.obstacle.value ?? chosen)
        }
        let served = identities.prefix(Self.shown).map { identity in
            let detail = identity.obstacle.value ?? identity.reason.value ?? ""
            return line(identity.usable ? "ok" : "!!", identity.name, "\(identity.source): \(detail)")
        }
        let more =
            identities.count > Self.shown ? ["and \(identities.count - Self.shown) more; --json has all"] : []
        return
            (checked + ["", "Token sources, in the order in which auto looks:"] + listed
            + [
                "variables that sources read: \(variables.isEmpty ? "none is set" : variables.joined(separator: ", "))"
            ]
            + (served.isEmpty ? [] : ["", "Identities of the configuration:"] + served + more)
            + ["", summary]).joined(separator: "\n")
    }

    /// How many identities a person wants to read.
    private static let shown = 20
}

extension DoctorReport.Check.State {
    fileprivate var mark: String {
        switch self {
        case .ok: "ok"
        case .missing: "--"
        case .trouble: "!!"
        }
    }
}

extension [String] {
    /// The first few, and how many more there are.
    fileprivate var listed: String {
        prefix(5).joined(separator: ", ") + (count > 5 ? " and \(count - 5) more" : "")
    }
}
