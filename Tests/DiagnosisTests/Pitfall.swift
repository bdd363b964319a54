import Testing

@testable import Diagnosis
@testable import Federation

/// The sender of an error response: a cloud's API or a token source.
enum ErrorSender {
    case service(KnownError.CloudService)
    case source(TokenSourceKind)

    static let sts = service(.sts)
    static let iam = service(.iam)
    static let graph = service(.graph)
    static let arm = service(.arm)
    static let imds = source(.imds)
    static let appService = source(.appService)
    static let azureArc = source(.azureArc)
    static let serviceFabric = source(.serviceFabric)
    static let azureCLI = source(.azureCLI)

    /// Returns the known error with this code and message.
    func error(code: String, message: String) -> KnownError? {
        switch self {
        case .service(let service): KnownError.find(service, code: code, message: message)
        case .source(let source): KnownError.find(source, code: code, message: message)
        }
    }
}

/// A row of the tables of pitfalls: a situation and its expected diagnosis.
struct Pitfall: CustomTestStringConvertible {
    /// The IDs of the rows: `A4`, `1k`.
    let rows: [String]
    let situation: Situation
    let expected: Expected

    enum Situation {
        /// The evidence of an exchange.
        case evidence(Evidence)
        /// A service's error response to setup, which the same tables of errors explain.
        case answer(ErrorSender, code: String, message: String)
    }

    enum Expected {
        /// The first cause, which is certain.
        case cause(String)
        /// The first cause with some of its possible causes, and part of the advice on how to find out.
        case open(String, [String], toFindOut: String)
        /// No cause, because the exchange works; the first weakness.
        case weakness(String)
    }

    init(_ rows: String, _ situation: Evidence, _ expected: Expected) {
        self.rows = rows.split(separator: " ").map(String.init)
        self.situation = .evidence(situation)
        self.expected = expected
    }

    init(
        _ rows: String,
        _ side: ErrorSender,
        _ code: String,
        _ message: String,
        _ expected: Expected
    ) {
        self.rows = rows.split(separator: " ").map(String.init)
        situation = .answer(side, code: code, message: message)
        self.expected = expected
    }

    var testDescription: String { "\(rows.joined(separator: " ")): \(id)" }

    /// The ID of the first cause, or of the weakness.
    var id: String {
        switch expected {
        case .cause(let id), .open(let id, _, _), .weakness(let id): id
        }
    }

    /// The evidence, unless the situation is an error response to setup.
    var evidence: Evidence? {
        if case .evidence(let evidence) = situation { evidence } else { nil }
    }

    /// All cases, at least one for each row.
    static let table: [Pitfall] =
        azureHost + azureDirectory + azureAtAWS + denials + providers + exchanges + setups
}
