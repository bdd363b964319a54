import Azure
import Console
import Discovery
import Drawing
import ExchangeEngine
import Federation
import FoundationEssentials
import Operations
import Propagation
import Store

// Conversions between the values of services and the values of the console.

extension ProposedConfiguration {
    /// Formats proposals for the operator's approval.
    init(_ addition: DiscoveryAddition) {
        let notes =
            addition.report.omissions.map { ("Not proposed", $0) }
            + addition.report.unreadable.map { ("Not read", $0) }
        let document = ProposalText(addition.report).document.split(separator: "\n").map(String.init)
        self.init(
            path: addition.path,
            mappings: addition.report.mappings.map(\.name),
            lines: document + notes.map { "# \($0): \($1.subject): \($1.reason)" }
        )
    }
}

extension Message {
    /// The message for an event of a watch; `holder` is this process's name in leases.
    init(_ event: WatchRunner.Event, holder: String) {
        switch event {
        case .updated(let stored): self = .watched(stored, isHere: stored.lease?.holder == holder)
        case .ended(let watch): self = .watchEnded(watch)
        case .estimated(let cause, let estimate): self = .estimated(cause, estimate)
        }
    }

    /// The message for an event of the refresher.
    init(_ event: CredentialRefresher.Event) {
        switch event {
        case .began(let id): self = .exchangeBegan(id, .background)
        case .stepped(let id, let step): self = .stepped(id, .background, step)
        case .ended(let record): self = .exchanged(.background, record)
        case .planned(let id, let isRetry, let at):
            self = .planned(id, Plan(action: isRetry ? .retry : .renewal, at: at))
        }
    }
}

extension SignatureFinding {
    init(_ signature: TokenSignature) {
        switch signature {
        case .verified: self = .verified
        case .unverified(let reason): self = .unverified(reason: reason)
        case .invalid(let reason): self = .invalid(reason: reason)
        }
    }
}

extension Failure {
    init(_ failure: CommandFailure) {
        let kind: Kind =
            switch failure.status {
            case .unreachable: .unreachable
            case .tryAgain: .tryAgain
            default: .refused
            }
        self.init(
            kind: kind,
            code: failure.code,
            message: failure.messages.joined(separator: " "),
            fix: failure.fix
        )
    }
}

extension ConsoleSettings {
    /// Checks the name of a theme.
    ///
    /// - Throws: ``CommandFailure`` with the known themes.
    func check(theme: String?) throws(CommandFailure) {
        guard let theme else { return }
        do throws(ThemeError) {
            _ = try Theme.named(theme, own: themes)
        } catch {
            throw CommandFailure(
                .usage,
                code: "theme",
                "\(error)",
                fix: "The configuration that `cambist config init` writes shows how to define a theme."
            )
        }
    }
}

extension HistoryService {
    /// Returns the page of past exchanges that the console requests.
    func page(_ page: HistoryPage) async -> Result<[ExchangeRecord], HistoryProblem> {
        let filter = HistoryFilter(
            outcome: page.query.outcome,
            texts: page.query.words,
            expression: page.query.expression,
            terms: page.query.terms
        )
        do throws(HistoryError) {
            return .success(try await records(matching: filter, at: page.place, limit: page.limit))
        } catch {
            return .failure(HistoryProblem(error.description))
        }
    }

    /// Returns the claims for a comparison: the claims of a mapping's previous token, or the claims in a file.
    ///
    /// In the file's path, `home` replaces the `~` of a leading `~/`.
    func comparison(
        of id: RoleMapping.ID,
        with source: ClaimComparison.Source,
        home: String?
    ) async -> Result<ClaimComparison, HistoryProblem> {
        switch source {
        case .previous(let fingerprint):
            do throws(HistoryError) {
                guard let token = try await previousToken(of: id, before: fingerprint) else {
                    return .failure(HistoryProblem("The history has no other token of \(id)."))
                }
                let title = "\(token.fingerprint) of \(token.received.formatted(.iso8601))"
                return .success(ClaimComparison(mapping: id, title: title, claims: token.claims))
            } catch {
                return .failure(HistoryProblem(error.description))
            }
        case .file(let path):
            do throws(CommandFailure) {
                let expanded = path.expandingTilde(home: home)
                let claims = try EvidenceFile.claims(expanded)
                return .success(ClaimComparison(mapping: id, title: path, claims: claims))
            } catch {
                return .failure(HistoryProblem(error.lines.joined(separator: " ")))
            }
        }
    }
}
