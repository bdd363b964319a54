import Drawing
import Federation

/// A line of the panel of identities: an identity for an audience or, below all of them, a source of the host.
enum IdentityLine {
    case entry(IdentityState.Entry)
    case source(SourceReport)
}

extension ConsoleState {
    /// The host's sources that pass the panel's filter.
    var shownSources: [SourceReport] {
        let filter = identities.entries.filter
        return hostSources.survey?.sources.filter { filter.matches(SearchText($0.kind.rawValue)) } ?? []
    }

    /// What a line of the panel shows; `nil` beyond its end.
    func identityLine(_ line: Int) -> IdentityLine? {
        let entries = identities.entries
        if line < entries.count { return .entry(entries[line]) }
        let sources = shownSources
        return line - entries.count < sources.count ? .source(sources[line - entries.count]) : nil
    }

    /// Which source serves an identity, whether it can, and what decided.
    func choice(for identity: ManagedIdentity.ID, columns: Int) -> [Line] {
        guard let survey = hostSources.survey else {
            return [Fact("source", "looking …").line(columns: columns)]
        }
        guard let report = survey.identities[identity] else { return [] }
        return Self.facts(of: report).map { $0.line(columns: columns) }
    }

    /// What there is to say of a source of the host, and the variables that sources read.
    func lines(of report: SourceReport, columns: Int) -> [Line] {
        let variables = hostSources.survey?.variables ?? []
        let read = Fact("variables", variables.isEmpty ? "none is set" : variables.joined(separator: " "))
        return (Self.facts(of: report) + [read]).map { $0.line(columns: columns) }
    }

    private static func facts(of report: SourceReport) -> [Fact] {
        [
            Fact(
                "source",
                "\(report.kind.rawValue), \(report.obstacle.map { "not usable: \($0)" } ?? "usable")"
            )
        ]
            + (report.reason.map { [Fact("because", $0)] } ?? [])
    }
}

extension SourceReport {
    /// How many columns the panel has.
    static let columnCount = 7

    /// Its cells under the panel's columns, of which it needs the second and the third.
    var cells: [Line] {
        let mark = isUsable ? StepOutcome.ok.mark : StepOutcome.skipped.mark
        let reason = isChosen ? "auto takes it: \(reason ?? "")" : "usable"
        let told = [
            mark + Line(" " + kind.rawValue, isUsable ? .text : .faint), Line(obstacle ?? reason, .faint),
        ]
        return [Line()] + told + [Line](repeating: Line(), count: Self.columnCount - told.count - 1)
    }
}
