import Console
import Federation
import Foundation
import Store

extension HistoryService {
    /// A page of the past, as the console asks for it.
    func page(_ page: HistoryPage) async -> Result<[ExchangeRecord], HistoryProblem> {
        let filter = HistoryFilter(
            outcome: page.query.outcome,
            texts: page.query.words,
            expression: page.query.expression
        )
        do throws(HistoryError) {
            return .success(try await records(matching: filter, at: page.place, limit: page.limit))
        } catch {
            return .failure(HistoryProblem(error.description))
        }
    }

    /// The claims that those of a mapping are to be compared with.
    func comparison(
        of id: RoleMapping.ID,
        with source: ClaimComparison.Source
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
                let whole = NSString(string: path).expandingTildeInPath
                return .success(
                    ClaimComparison(mapping: id, title: path, claims: try EvidenceFile.claims(whole))
                )
            } catch {
                return .failure(HistoryProblem(error.lines.joined(separator: " ")))
            }
        }
    }
}
