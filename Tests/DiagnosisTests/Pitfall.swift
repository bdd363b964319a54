import Testing

@testable import Diagnosis
@testable import Federation

/// Rows of the references' tables of pitfalls: a situation, and what is to be told of it.
struct Pitfall: CustomTestStringConvertible {
    /// The rows by their references' numbers: `A4`, `1k`.
    let rows: [String]
    let situation: Situation
    let told: Told

    enum Situation {
        /// What is known when an exchange is explained.
        case evidence(Evidence)
        /// What one of the clouds answers when a set-up is read or written, which the same table of errors explains.
        case answer(KnownError.Side, code: String, message: String)
    }

    enum Told {
        /// The first cause, with nothing left open.
        case cause(String)
        /// The first cause, which leaves these open, and where to look.
        case open(String, [String], tell: String)
        /// No cause, for it works; the first weakness.
        case weakness(String)
    }

    init(_ rows: String, _ situation: Evidence, _ told: Told) {
        self.rows = rows.split(separator: " ").map(String.init)
        self.situation = .evidence(situation)
        self.told = told
    }

    init(_ rows: String, _ side: KnownError.Side, _ code: String, _ message: String, _ told: Told) {
        self.rows = rows.split(separator: " ").map(String.init)
        situation = .answer(side, code: code, message: message)
        self.told = told
    }

    var testDescription: String { "\(rows.joined(separator: " ")): \(id)" }

    /// The name of the first cause, or of the weakness.
    var id: String {
        switch told {
        case .cause(let id), .open(let id, _, _), .weakness(let id): id
        }
    }

    /// What is known, unless it is an answer to a set-up.
    var evidence: Evidence? {
        if case .evidence(let evidence) = situation { evidence } else { nil }
    }

    /// Every case; each row of the tables has one at least.
    static let table: [Pitfall] =
        azureHost + azureDirectory + azureAtAWS + denials + providers + exchanges + setups
}
