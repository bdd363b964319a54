import Drawing
import Federation
import Foundation
import Propagation

/// Applies what happened and says what is to be done about it.
package func update(_ state: inout ConsoleState, _ message: Message) -> [Effect] {
    let effects =
        state.apply(message) + state.survey() + state.planWhatIsLookedAt() + state.askForSignature()
    state.settle()
    return effects + state.askForHistory() + state.wantedKnowledge()
}

extension ConsoleState {
    fileprivate mutating func apply(_ message: Message) -> [Effect] {
        if holdsBack(message) { return [] }
        switch message {
        case .key(let key):
            notice = nil
            return take(key)
        case .mouse(let event):
            notice = nil
            take(event)
        case .resized(let size):
            self.size = size
        case .ticked(let date):
            advance(to: date)
        case .opening(let text):
            opening = text
        case .unconfigured(let path):
            overlay = .menu(Menu(.welcome(path: path)))
        case .reloadRequested:
            return [.reloadConfiguration]
        case .configured(let configuration, let origin):
            if self.origin == origin { notice = Notice(.info, "The configuration was read again.") }
            self.origin = origin
            trust.keep(only: configuration.mappings) { roster[$0]?.mapping }
            configuredIdentities = Dictionary(configuration.identities.map { ($0.id, $0) }) { first, _ in
                first
            }
            roster.replace(with: configuration.mappings, now: now)
            identities.replace(with: configuration)
            hostSources = .unasked
            roles.replace(with: configuration.mappings)
            setup.clear()
            use(configuration.console)
        case .configurationRefused(let problems):
            let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
            notice = Notice(.error, (problems.first ?? "The configuration was not taken.") + more)
        case .exchangeBegan(let id):
            begin(id)
        case .stepped(let id, let request, let step):
            roster.modify(id, now: now) { $0.add(step, of: request) }
        case .exchanged(let request, let record):
            finish(request, record)
        case .planned(let id, let plan):
            roster.modify(id, now: now) { $0.plan = plan }
        case .surveyed(let survey):
            hostSources = .known(survey)
        case .setupPlanned(let request, let result):
            finishSetup(request, result)
        case .setupProgressed(let request, let progress):
            setup.take(progress, of: request, now: now)
        case .setupApplied(let request, let result):
            finishSetup(request, result)
        case .signatureChecked(let fingerprint, let finding):
            signatures[fingerprint] = finding
        case .watched(let kept, let isHere):
            watches.take(kept, isHere: isHere)
            let next = kept.watch.next
            roster.modify(kept.watch.id, now: now) { $0.plan = Plan(action: .attempt, at: next) }
        case .watchEnded(let watch):
            return end(watch)
        case .watchesRecalled(let past):
            watches.end(past)
        case .estimated(let cause, let estimate):
            watches.learn(estimate, for: cause)
        case .historyRead(let request, let answer):
            exchanges.take(answer, to: request)
            // Where there are no lines the panel has it in their place.
            if case .failure = answer, exchanges.count > 0, let problem = exchanges.problem {
                notice = Notice(.warning, problem)
            }
        case .compared(let request, let answer):
            take(answer, to: request)
        case .explained(let id, let request, let knowledge):
            trust.learn(id, request, knowledge)
        case .transferred(let transfer):
            transfers.append(transfer, text: \.searchText)
        case .noticed(let notice):
            self.notice = notice
        }
        return []
    }

    /// Takes the answer about the set-up; a failure is told where a plan is shown that hides it.
    private mutating func finishSetup(_ request: Request, _ result: Result<SetupPlan, Failure>) {
        let work = setup.pending?.work
        guard setup.finish(request, result, now: now) else { return }
        switch result {
        case .failure(let failure) where !setup.entries.isEmpty:
            notice = Notice(.error, "\(failure.code): \(failure.message) \(failure.fix)")
        case .success where work == .apply: notice = setup.outcome
        default: break
        }
    }

    /// Takes theme and keys; what cannot be used is told, and the earlier ones stay.
    private mutating func use(_ settings: ConsoleSettings) {
        ownThemes = settings.themes
        usesMouse = wantsMouse || settings.usesMouse
        announcer.use(settings)
        do throws(ThemeError) {
            theme = try Theme.named(chosenTheme ?? settings.theme, own: settings.themes)
        } catch {
            notice = Notice(.error, "\(error)")
        }
        do throws(KeymapError) {
            keymap = try Keymap(settings.keys)
        } catch {
            notice = Notice(.error, "\(error)")
        }
    }

    /// Has the host's token sources looked at, when the panel that shows them is opened.
    fileprivate mutating func survey() -> [Effect] {
        guard panel == .identities, hostSources == .unasked else { return [] }
        hostSources = .asked
        return [.surveySources]
    }

    fileprivate mutating func advance(to date: Date) {
        let before = now
        now = date
        roster.advance(from: before, to: now)
    }

    /// Marks an exchange that began by itself, unless the operator's own is running.
    fileprivate mutating func begin(_ id: RoleMapping.ID) {
        let began = now
        roster.modify(id, now: now) { row in
            guard row.pending == nil else { return }
            row.pending = MappingRow.Pending(request: .background, purpose: .refresh, since: began)
        }
    }

    /// Takes an exchange's end.
    ///
    /// The answer to an older request is dropped from the mapping, though the history has it.
    fileprivate mutating func finish(_ request: Request, _ record: ExchangeRecord) {
        exchanges.append(record)
        if let mapping = roster[record.mapping]?.mapping { identities.learn(record, of: mapping) }
        roles.learn(record)
        clocks.aws = record.clockOffset ?? clocks.aws
        clocks.azure = record.token?.clockOffset ?? clocks.azure
        roster.modify(record.mapping, now: now) { row in
            guard let purpose = row.purpose(of: request) else { return }
            if row.pending?.request == request { row.pending = nil }
            row.take(record)
            guard purpose == .refresh, record.outcome == .ok, let expiry = record.credentialExpiry else {
                return
            }
            row.credentials = MappingRow.CredentialFacts(
                accessKeyID: record.accessKeyID,
                issued: record.at,
                expiry: expiry
            )
        }
    }
}

extension MappingRow {
    /// Takes a step that ended, unless its exchange is an older one.
    fileprivate mutating func add(_ step: StepRecord, of request: Request) {
        if pending?.request == request { pending?.steps.append(step) }
    }

    /// What an exchange was made for; `nil` when its request is an older one.
    fileprivate func purpose(of request: Request) -> Purpose? {
        if request == .background { return .refresh }
        return pending?.request == request ? pending?.purpose : nil
    }
}
