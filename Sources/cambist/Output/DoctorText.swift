import Federation
import FoundationEssentials
import Operations

extension DoctorReport {
    /// The report as text: one line per check, with `ok`, `--` (missing), or `!!` (problem).
    var text: String {
        let names = checks.map(\.title) + sources.map(\.source) + identities.prefix(Self.shown).map(\.name)
        let width = names.map(\.count).max() ?? 0
        func line(_ mark: String, _ name: String, _ detail: String) -> String {
            "\(mark) \(name.padding(to: width))  \(detail)"
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
            identities.count > Self.shown
            ? ["and \(identities.count - Self.shown) more; --json lists all"] : []
        return
            (checked + ["", "Token sources, in the order that `source: auto` tries them:"] + listed
            + [
                "Environment variables set for token sources: \(variables.isEmpty ? "none" : variables.joined(separator: ", "))"
            ]
            + (served.isEmpty ? [] : ["", "Identities of the configuration:"] + served + more)
            + ["", summary]).joined(separator: "\n")
    }

    /// The maximum number of identities in the text.
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
