import Diagnosis
import Drawing
import Federation
import FoundationEssentials
import Propagation

/// Applies a message to the state and returns the effects to perform.
package func update(_ state: inout ConsoleState, _ message: Message) -> [Effect] {
    var message: Message? = message
    return update(&state) {
        defer { message = nil }
        return message
    }
}

/// Applies messages until `next` returns none; returns the effects to perform.
///
/// The visible panel is prepared once, after the last message.
package func update(_ state: inout ConsoleState, next: () -> Message?) -> [Effect] {
    let (panel, line) = (state.panel, state.cursor.selected)
    var effects: [Effect] = []
    while let message = next() { effects += state.apply(message) }
    if state.panel != panel || state.cursor.selected != line { state.detailTop = 0 }
    effects += state.panel.panel.prepare(&state)
    state.clampCursor()
    effects += state.panel.panel.load(&state)
    return effects
}

extension ConsoleState {
    fileprivate mutating func apply(_ message: Message) -> [Effect] {
        switch message {
        case .key(let key):
            notice = nil
            mappings.list.keepSelection()
            return handle(key)
        case .mouse(let event):
            mappings.list.keepSelection()
            return handle(event)
        case .resized(let size):
            self.size = size
        case .ticked(let date):
            let before = now
            now = date
            mappings.advance(from: before, to: now)
            watches.advance(to: now)
            fleet.removeMarks(before: now)
            return readSetupAgain()
        case .backgroundReported(let isLight):
            appearance.setBackground(isLight: isLight)
        case .opening(let text):
            configuration.progress = text
        case .unconfigured(let path):
            overlay = .menu(Menu(.welcome(path: path)))
            return appearance.requestBackground()
        case .proposed(let proposals):
            overlay = .confirmation(Confirmation(.addProposals(proposals), in: self))
        case .reloadRequested:
            return [.reloadConfiguration]
        case .configured(let configuration, let origin):
            replaceConfiguration(with: configuration, origin: origin)
            return appearance.requestBackground()
        case .configurationRefused(let problems):
            let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
            notice = Notice(.error, (problems.first ?? "The configuration is invalid.") + more)
        case .exchangeBegan(let id, let request):
            let began = now
            mappings.modify(id, now: now) { row in
                guard row.pending == nil, let purpose = row.purpose(of: request) else { return }
                row.pending = MappingRow.Pending(request: request, purpose: purpose, since: began)
            }
        case .stepped(let id, let request, let step):
            mappings.modify(id, now: now) { row in
                if row.pending?.request == request { row.pending?.steps.append(step) }
            }
        case .exchanged(let request, let record):
            finish(request, record)
        case .planned(let id, let plan):
            mappings.modify(id, now: now) { $0.plan = plan }
        case .surveyed(let survey):
            identities.sources = .known(survey)
        case .setupProgressed(let request, let progress):
            setup.apply(progress, of: request, now: now)
        case .setupPlanned(let request, let result), .setupApplied(let request, let result):
            let asksToApply = setup.pending.map { $0.request == request && $0.asksToApply } ?? false
            notice = setup.finish(request, result, now: now) ?? (asksToApply ? nil : notice)
            let again = readInspectedRolesAgain()
            if asksToApply, case .success = result { return again + askToApplyFix() }
            if case .setupApplied = message { trust.invalidate(setup.mappings ?? []) }
            return again
        case .signatureChecked(let fingerprint, let finding):
            claims.signatures[fingerprint] = finding
        case .watched(let stored, let isHere):
            watches.update(stored, isHere: isHere, of: mappings[stored.watch.id]?.mapping, at: now)
            let next = stored.watch.next
            let isBlocked = stored.watch.isBlocked(at: now)
            mappings.modify(stored.watch.id, now: now) {
                $0.plan = Plan(action: .attempt, at: next, isBlocked: isBlocked)
            }
        case .watchEnded(let watch):
            return end(watch)
        case .pastWatchesLoaded(let past):
            watches.end(past) { [mappings] in mappings[$0]?.mapping }
        case .earlierExchangesLoaded(let records):
            for (id, earlier) in Dictionary(grouping: records, by: \.mapping) {
                mappings.modify(id, now: now) { $0.addEarlierExchanges(earlier) }
            }
        case .estimated(let cause, let estimate):
            watches.setEstimate(estimate, for: cause)
        case .historyRead(let request, let answer):
            history.finish(request, answer)
            // If the list is empty, the panel shows the problem.
            if case .failure = answer, history.count > 0, let problem = history.problem {
                notice = Notice(.warning, problem)
            }
        case .compared(let request, let answer):
            notice = claims.finishComparison(request, answer) ?? notice
        case .explained(let id, let request, let inspection):
            trust.finish(id, request, inspection)
            updateCauses(inspected: id)
            return continueFix(inspected: id)
        case .fleetConfigured(let isConfigured):
            fleet.configure(isConfigured)
        case .fleetRead(let snapshot):
            return apply(snapshot)
        case .requestedFromNode(let target, let request, let result):
            return apply(result, of: target, request)
        case .fleetHistoryRead(let target, let request, let result):
            fleet.finishHistory(of: target, request, result)
        case .fleetRecordRead(let target, let request, let answer):
            apply(answer, of: target, request)
        case .transferred(let transfer):
            let mapping = transfer.mapping.flatMap { mappings[$0]?.mapping }
            log.prepend(LoggedTransfer(transfer: transfer, mapping: mapping))
        case .noticed(let notice):
            self.notice = notice
        }
        return []
    }

    private mutating func replaceConfiguration(with new: Configuration, origin: String) {
        if configuration.origin == origin { notice = Notice(.info, "Reloaded the configuration.") }
        configuration.origin = origin
        configuration.identities = Dictionary(new.identities.map { ($0.id, $0) }) { first, _ in first }
        configuration.tools = ToolFacts(new, file: reference)
        configuration.speed = new.watchSpeed
        trust.keep(only: new.mappings) { mappings[$0]?.mapping }
        mappings.node = new.fleet.node ?? hostName
        history.apply(node: mappings.node, new.mappings)
        watches.list.share(mappings.node, as: .node)
        log.share(mappings.node, as: .node)
        mappings.replace(with: new.mappings, now: now)
        identities.replace(with: new)
        roles.replace(with: new.mappings)
        setup.clear()
        notifier.apply(new.console)
        if !new.console.columns.isEmpty { mappingColumns = new.console.columns }
        if let problem = appearance.apply(new.console) { notice = Notice(.error, problem) }
        setHelp()
    }

    /// Returns the record; if the token is unchanged, the record shares the claims that the identity stores.
    ///
    /// Without sharing, ten thousand mappings of one identity would store ten thousand copies.
    private func sharingClaims(_ record: ExchangeRecord) -> ExchangeRecord {
        guard let mapping = mappings[record.mapping]?.mapping, let token = record.token,
            let known = identities.token(of: mapping), known.fingerprint == token.fingerprint,
            known.claims == token.claims
        else { return record }
        return record.with(token.with(known.claims))
    }

    /// Records the end of an exchange.
    ///
    /// An exchange of an outdated request is added to the history, but does not change the mapping's row.
    private mutating func finish(_ request: Request, _ ended: ExchangeRecord) {
        let record = sharingClaims(ended)
        history.add(record)
        if let mapping = mappings[record.mapping]?.mapping { identities.update(with: record, of: mapping) }
        roles.update(with: record, of: mappings[record.mapping]?.mapping)
        clocks.aws = record.clockOffset ?? clocks.aws
        clocks.azure = record.token?.clockOffset ?? clocks.azure
        mappings.modify(record.mapping, now: now) { $0.finish(request, record) }
        updateCause(of: record.mapping)
        notice = exchanges.end(request, record, clockText, appearance.keymap) ?? notice
    }
}
