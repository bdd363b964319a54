package import struct FoundationEssentials.Date

/// The start of a certificate that is not yet valid, or the end of a certificate that has expired.
///
/// This host's clock decides. Error messages contain the date as text.
package enum CertificateDate: Hashable, Sendable {
    case begins(Date)
    case ended(Date)

    /// The code of an error about a certificate that is not valid by this host's clock.
    package static let failureCode = "certificate-dates"

    private static let beginning = "is not valid until "
    private static let end = "expired at "

    /// The text about the certificate in error messages: `expired at 2026-01-31T12:00:00Z`.
    package var text: String {
        switch self {
        case .begins(let date): Self.beginning + date.formatted(.iso8601)
        case .ended(let date): Self.end + date.formatted(.iso8601)
        }
    }

    /// Parses ``text`` in an error's message; `nil` for a message without the text.
    package init?(in message: String) {
        func date(after prefix: String) -> Date? {
            message.firstRange(of: prefix).flatMap { range in
                Instant(iso8601: String(message[range.upperBound...].prefix(20)))?.date
            }
        }
        if let date = date(after: Self.beginning) {
            self = .begins(date)
        } else if let date = date(after: Self.end) {
            self = .ended(date)
        } else {
            return nil
        }
    }

    /// Whether an instant is not before the start, or not after the end.
    package func contains(_ instant: Date) -> Bool {
        switch self {
        case .begins(let date): instant >= date
        case .ended(let date): instant <= date
        }
    }
}
