package import struct FoundationEssentials.Date

/// The bound of a certificate's validity period that excludes this host's time: the start or the end.
///
/// Error messages contain the bound as text.
package enum CertificateDate: Hashable, Sendable {
    case begins(Date)
    case ended(Date)

    /// The code of an error about a certificate that is not valid by this host's clock.
    package static let failureCode = "certificate-dates"

    private static let beginning = "is not valid until "
    private static let end = "expired at "

    /// The predicate of a sentence about the certificate: `expired at 2026-01-31T12:00:00Z`.
    package var text: String {
        switch self {
        case .begins(let date): Self.beginning + date.formatted(.iso8601)
        case .ended(let date): Self.end + date.formatted(.iso8601)
        }
    }

    /// Parses the predicate in an error's message; `nil` if the message contains none.
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

    /// Whether an instant is on the valid side of this bound.
    package func contains(_ instant: Date) -> Bool {
        switch self {
        case .begins(let date): instant >= date
        case .ended(let date): instant <= date
        }
    }
}
