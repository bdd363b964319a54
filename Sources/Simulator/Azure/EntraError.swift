import Federation
import Foundation

/// A refusal of Entra's token service, with its code and text.
///
/// Source: Microsoft Entra authentication and authorization error codes.
struct EntraError: Error, Hashable, Sendable {
    /// The number after `AADSTS`.
    let code: Int
    /// The OAuth error.
    let error: String
    let text: String

    /// 401 for a client that could not prove who it is, 400 for all else.
    var status: Int {
        error == "invalid_client" ? 401 : 400
    }

    /// The code and the text, without the ids of the request.
    var summary: String {
        "AADSTS\(code): \(text)"
    }

    /// The answer's body.
    func body(request: EntraRequestID, at date: Date) -> JSONValue {
        let timestamp = Self.timestamp(date)
        return .object([
            "error": .string(error),
            "error_description": .string(
                "\(summary) Trace ID: \(request.trace) Correlation ID: \(request.correlation) "
                    + "Timestamp: \(timestamp)"
            ),
            "error_codes": .array([.integer(code)]),
            "timestamp": .string(timestamp),
            "trace_id": .string(request.trace),
            "correlation_id": .string(request.correlation),
            "error_uri": .string("https://login.microsoftonline.com/error?code=\(code)"),
        ])
    }

    private static func timestamp(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
                .year().month().day().time(includingFractionalSeconds: false).timeZone(separator: .omitted)
        )
    }
}

/// The two GUIDs by which Microsoft finds a request again.
struct EntraRequestID: Hashable, Sendable {
    let trace: String
    let correlation: String
}
