package import Federation
import Foundation
package import Transport

package typealias AWSError = CloudError
package typealias AWSRefusal = CloudRefusal

/// A value that AWS returned, with what the response's headers say.
package struct AWSAnswer<Value: Sendable>: Sendable {
    package let value: Value
    package let requestID: String?
    /// AWS's clock minus the local clock.
    package let clockOffset: ClockOffset?
}

/// An error in the formats of AWS and of compatible services.
///
/// Known formats: `ErrorResponse/Error` in any namespace, `ErrorResponse/Errors/Error` (moto), a bare `Error`
/// (S3, Ceph), and the same members in JSON; `Message` may be missing.
struct AWSErrorReply: Hashable {
    let code: String
    let message: String
    let requestID: String?

    private init(code: String, message: String, requestID: String? = nil) {
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    /// Parses the error of a response: the body's, or that of a 503 without a body, which AWS sends under load.
    ///
    /// - Returns: `nil` when the body contains no error.
    /// - Throws: ``ReplyXMLError`` when the body exceeds a limit.
    static func read(_ response: HTTPResponse) throws(ReplyXMLError) -> AWSErrorReply? {
        if response.status == 503, response.body.isEmpty {
            return AWSErrorReply(code: "ServiceUnavailable", message: "HTTP 503 without a body")
        }
        return try read(response.body)
    }

    /// Parses the error in a body of XML, or of JSON as some compatible services send.
    ///
    /// - Returns: `nil` when the body contains no error.
    /// - Throws: ``ReplyXMLError`` when the body exceeds a limit.
    static func read(_ body: Data) throws(ReplyXMLError) -> AWSErrorReply? {
        do throws(ReplyXMLError) {
            let root = try ReplyXMLReader.read(body)
            let error = root["Error"] ?? root["Errors"]?["Error"] ?? root
            return reply(error.text("Code"), error.text("Message"), root.text("RequestId"))
        } catch {
            guard case .malformed = error else { throw error }
            guard let root = try? JSONValue(parsing: body) else { return nil }
            let error = root["Error"] ?? root["Errors"]?["Error"] ?? root
            return reply(error["Code"]?.string, error["Message"]?.string, root["RequestId"]?.string)
        }
    }

    private static func reply(_ code: String?, _ message: String?, _ requestID: String?) -> AWSErrorReply? {
        guard let code, !code.isEmpty else { return nil }
        return AWSErrorReply(code: code, message: message ?? "", requestID: requestID)
    }
}
