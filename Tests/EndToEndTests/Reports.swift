/// A JSON value; the tests distinguish only strings and numbers.
enum Value: Decodable, Equatable {
    case text(String)
    case number(Int)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .other
        }
    }
}

/// The documented members of the output of `test --json`.
struct TestReport: Decodable {
    struct Mapping: Decodable {
        let name: String
        let outcome: String
        let steps: [Step]
        let credentialExpiry: String?
    }

    struct Step: Decodable {
        let step: String
        let outcome: String
        let ms: Int
        let code: String?
        let message: String?
        let requestId: String?
    }

    let version: Int
    let mappings: [Mapping]
}

/// The documented members of the output of `claims --json`.
struct ClaimsReport: Decodable {
    let version: Int
    let mapping: String
    let header: [String: Value]
    let claims: [String: Value]
    let signature: String
    let signatureReason: String?
    let seenBefore: Bool
    let source: String
}

/// The documented members of a failure in all JSON output.
struct FailureReport: Decodable {
    struct Reason: Decodable {
        let code: String
        let message: String
        let fix: String
    }

    let version: Int
    let error: Reason
}
