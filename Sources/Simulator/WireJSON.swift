import Federation
import Foundation

extension WireResponse {
    /// An answer in JSON.
    static func json(
        _ status: Int,
        _ value: JSONValue,
        headers: [(name: String, value: String)] = []
    ) -> WireResponse {
        WireResponse(
            status: status,
            headers: [("Content-Type", "application/json; charset=utf-8")] + headers,
            body: Data(value.compactText.utf8)
        )
    }

    /// An answer without a body.
    static func empty(_ status: Int, headers: [(name: String, value: String)] = []) -> WireResponse {
        WireResponse(status: status, headers: headers, body: Data())
    }
}

extension WireRequest {
    /// The body as JSON; `nil` when it is none.
    var json: JSONValue? {
        try? JSONValue(parsing: body)
    }
}
