import Drawing
import Federation

/// What there is to say of one mapping beside its row.
struct MappingDetail {
    let row: MappingRow
    let state: ConsoleState

    func lines(columns: Int) -> [Line] {
        SideBySide(
            left: { exchange.lines(columns: $0) },
            right: { columns in facts.flatMap { $0.lines(columns: columns) } }
        ).lines(columns: columns)
    }

    private var exchange: ExchangeDetail {
        if let pending = row.pending {
            return ExchangeDetail(steps: pending.steps, running: pending.runningStep)
        }
        return ExchangeDetail(steps: row.lastRecord?.steps ?? [])
    }

    private var facts: [Fact] {
        let mapping = row.mapping
        var facts = [
            Fact("role", mapping.roleARN.description),
            Fact("audience", mapping.audience),
            Fact("identity", mapping.identity),
            Fact("region", mapping.region),
            Fact("session", "\(mapping.sessionName), \(DurationText.format(mapping.duration))"),
        ]
        if let expiry = row.tokenExpiry {
            facts.append(Fact("token", "\(RelativeTime.left(expiry).text(at: state.now)) left"))
        }
        if let plan = row.plan {
            facts.append(Fact("next", plan.text(at: state.now)))
        }
        if row.isForgotten { facts.append(Fact("forgotten", "the credentials; r exchanges for new ones")) }
        if !mapping.tags.isEmpty { facts.append(Fact("tags", mapping.tags.joined(separator: " "))) }
        if let credentials = row.credentials {
            facts.append(Fact("until", state.clockText.dateAndTime(credentials.expiry)))
            facts.append(Fact("key id", credentials.accessKeyID ?? "–"))
        }
        return facts
    }
}

/// A name and a value on a line of their own; a long value gives way in its middle.
struct Fact {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Where it is narrow, and there are rows to spare, the value goes on in the next ones.
    func lines(columns: Int) -> [Line] {
        let room = columns - 10
        guard columns < ExchangeDetail.comfortable, room >= 16, value.columns(upTo: room) > room else {
            return [line(columns: columns)]
        }
        return parts(of: room).prefix(4).enumerated().map { number, part in
            Line((number == 0 ? name : "").padding(to: 10), .faint) + Line(part)
        }
    }

    /// The value in parts of at most so many columns; what has no blanks, such as an ARN, is parted behind a `/`
    /// or `:` where one is not too far back.
    private func parts(of room: Int) -> [String] {
        if value.contains(" ") { return value.wrapped(to: room) }
        var parts: [String] = []
        var rest = value
        while rest.columns(upTo: room) > room, parts.count < 4 {
            let whole = rest.prefix(columns: room)
            let end = whole.lastIndex { "/:".contains($0) }.map(whole.index(after:)) ?? whole.endIndex
            let part = String(whole[..<end])
            parts.append(part.count * 2 < whole.count ? whole : part)
            rest = String(rest.dropFirst(parts.last?.count ?? 0))
        }
        return parts + [rest]
    }

    func line(columns: Int) -> Line {
        Line(name.padding(to: 10), .faint) + Line(value.fitted(to: max(0, columns - 10), cut: .middle))
    }
}
