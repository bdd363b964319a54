import Federation
import Foundation

/// What an endpoint says when it gives no token, in any of the shapes that are out there.
///
/// OAuth's `error` and `error_description`; an `error` object with `code` and `message`; App Service's
/// `message` with `statusCode` and `correlationId`.
struct RefusalAnswer: Hashable, Sendable {
    /// The answer's own code, where it has one.
    let code: String?
    let message: String
    let correlationID: String?

    /// Reads the JSON of a refusal; `nil` when the data is no JSON object that tells anything.
    init?(json data: Data) {
        guard let members = (try? JSONValue(parsing: data))?.members else {
            return nil
        }
        let error = members["error"]
        let texts = [
            members["error_description"], error?["message"], error?["description"], members["message"], error,
        ]
        guard let message = texts.lazy.compactMap({ $0?.string }).first(where: { !$0.isEmpty }) else {
            return nil
        }
        self.message = message
        code = error?.string ?? error?["code"]?.string
        correlationID =
            (members["correlation_id"] ?? error?["correlationId"] ?? members["correlationId"])?.string
    }

    /// The code that tells most: the first `AADSTS` number of the text, else the answer's own code.
    var bestCode: String? {
        message.firstMatch(of: #/AADSTS\d+/#).map { String($0.output) } ?? code
    }
}
