package import Federation
import FoundationEssentials
import Glibc
import Transport

/// A value returned by AWS, with data from the response headers.
package struct AWSAnswer<Value: Sendable>: Sendable {
    package let value: Value
    package let requestID: String?
    /// AWS's clock minus the local clock.
    package let clockOffset: ClockOffset?
}

/// An error response of AWS or of a compatible service.
///
/// The supported formats, in which `Message` is optional:
/// - `ErrorResponse/Error` in any namespace
/// - `ErrorResponse/Errors/Error` (moto)
/// - a bare `Error` (S3, Ceph)
/// - the same members in JSON
struct AWSErrorReply: Hashable {
    let code: String
    let message: String
    let requestID: String?

    private init(code: String, message: String, requestID: String? = nil) {
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    /// Parses the error in a response.
    ///
    /// Under load, AWS sends a 503 without a body; the method returns `ServiceUnavailable` for that response.
    ///
    /// - Returns: The error; `nil` if the body contains none.
    /// - Throws: ``ReplyXMLError`` if the body exceeds a limit or has a document type declaration.
    static func read(_ response: HTTPResponse) throws(ReplyXMLError) -> AWSErrorReply? {
        if response.status == 503, response.body.isEmpty {
            return AWSErrorReply(code: "ServiceUnavailable", message: "HTTP 503 without a body")
        }
        return try read(response.body)
    }

    /// Parses the error in an XML or JSON body; some compatible services send JSON.
    ///
    /// - Returns: The error; `nil` if the body contains none.
    /// - Throws: ``ReplyXMLError`` if the body exceeds a limit or has a document type declaration.
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
