package import Federation
import Foundation
import Transport
import XMLCoder

/// What AWS answered, with what its headers tell.
package struct AWSAnswer<Value: Sendable>: Sendable {
    package let value: Value
    package let requestID: String?
    /// AWS's clock against ours.
    package let clockOffset: ClockOffset?
}

/// An error as AWS and those who speak like it put it.
///
/// Known forms: `ErrorResponse/Error` in any namespace, `ErrorResponse/Errors/Error` (moto), a bare `Error`
/// (S3, Ceph); `Message` may be missing.
struct AWSErrorDocument: Decodable {
    struct Body: Decodable {
        let code: String?
        let message: String?

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case message = "Message"
        }
    }

    struct List: Decodable {
        let error: Body

        enum CodingKeys: String, CodingKey {
            case error = "Error"
        }
    }

    let error: Body?
    let errors: List?
    let code: String?
    let message: String?
    let requestID: String?

    enum CodingKeys: String, CodingKey {
        case error = "Error"
        case errors = "Errors"
        case code = "Code"
        case message = "Message"
        case requestID = "RequestId"
    }

    /// The error of an answer: a 503 without a body, which AWS gives when it is too busy for more, or the body's.
    static func read(_ answer: HTTPResponse) -> (code: String, message: String, requestID: String?)? {
        answer.status == 503 && answer.body.isEmpty
            ? ("ServiceUnavailable", "HTTP 503 without a body", nil) : read(answer.body)
    }

    /// The error in an answer's body, XML as a rule and JSON from some that stand in for AWS; `nil` when it holds none.
    static func read(_ body: Data) -> (code: String, message: String, requestID: String?)? {
        let document =
            (try? XMLDecoder.aws.decode(AWSErrorDocument.self, from: body))
            ?? (try? JSONDecoder().decode(AWSErrorDocument.self, from: body))
        guard let document else { return nil }
        let found = document.error ?? document.errors?.error
        guard let code = found?.code ?? document.code, !code.isEmpty else { return nil }
        return (code, found?.message ?? document.message ?? "", document.requestID)
    }
}

extension XMLDecoder {
    /// Reads AWS's XML, whatever namespace it is in.
    static var aws: XMLDecoder {
        let decoder = XMLDecoder()
        decoder.shouldProcessNamespaces = true
        return decoder
    }
}
