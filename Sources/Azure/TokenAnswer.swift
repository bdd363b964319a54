import Federation
import Foundation

/// A token as any source hands it over: the JSON of an endpoint or of a program, whose members come as
/// numbers or as strings.
struct TokenAnswer: Hashable, Sendable {
    let token: Secret
    /// When the source says the token ends.
    let expiry: Date?

    /// The most that a token and what is around it may take; STS takes tokens up to 20,000 characters.
    static let size = 64 * 1024

    /// Reads the JSON of a token answer.
    ///
    /// The token is under `access_token`, `accessToken` or `token`. Its end is `expires_on` in any of the
    /// four forms of ``expiry(_:now:)``, else `expires_in` seconds from `now`.
    ///
    /// `nil` when the data is no JSON object with a token in it.
    init?(json data: Data, now: Date) {
        guard let members = (try? JSONValue(parsing: data))?.members else {
            return nil
        }
        let names = ["access_token", "accessToken", "token"]
        guard let token = names.lazy.compactMap({ members[$0]?.string }).first(where: { !$0.isEmpty }) else {
            return nil
        }
        self.token = Secret(token)
        expiry =
            members["expires_on"].flatMap { Self.expiry($0, now: now) }
            ?? members["expires_in"].flatMap(Self.number).flatMap { Instant(now + $0)?.date }
    }

    /// Reads what a file or a program gives: the same JSON, or the token alone.
    ///
    /// `nil` when the data is neither.
    init?(text data: Data, now: Date) {
        if let answer = TokenAnswer(json: data, now: now) {
            self = answer
            return
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.wholeMatch(of: #/[A-Za-z0-9_=.-]+/#) != nil, text.contains(".") else { return nil }
        token = Secret(text)
        expiry = nil
    }

    /// The instant that `expires_on` means: Unix seconds as a number or as a string, ISO 8601, or the date
    /// text of App Service's version of 2017, `9/14/2017 00:00:00 PM +00:00`.
    ///
    /// A number before 2001 cannot be an instant and is taken as seconds from `now`, as MSAL does.
    static func expiry(_ value: JSONValue, now: Date) -> Date? {
        if let seconds = number(value) {
            return seconds < 978_307_200 ? Instant(now + seconds)?.date : Instant(unixSeconds: seconds)?.date
        }
        guard let text = value.string else { return nil }
        return Instant(iso8601: text)?.date ?? dateText(text)
    }

    private static func number(_ value: JSONValue) -> TimeInterval? {
        switch value {
        case .integer(let number): TimeInterval(number)
        case .number(let number): number
        case .string(let text): TimeInterval(text)
        default: nil
        }
    }

    /// Month, day, year, hour, minute, second; then AM or PM or nothing; then the offset from UTC.
    private static func dateText(_ text: String) -> Date? {
        let pattern =
            #/(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?: ([AP])M)? ([+-])(\d{2}):(\d{2})/#
        guard let match = text.wholeMatch(of: pattern)?.output,
            let hour = Int(match.4), let offsetHours = Int(match.9), let offsetMinutes = Int(match.10)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        let offset = (offsetHours * 60 + offsetMinutes) * 60
        guard let zone = TimeZone(secondsFromGMT: match.8 == "-" ? -offset : offset) else { return nil }
        calendar.timeZone = zone
        let hours =
            switch match.7 {
            case "P": hour < 12 ? hour + 12 : hour
            case "A": hour == 12 ? 0 : hour
            default: hour
            }
        return calendar.date(
            from: DateComponents(
                year: Int(match.3),
                month: Int(match.1),
                day: Int(match.2),
                hour: hours,
                minute: Int(match.5),
                second: Int(match.6)
            )
        )
    }
}

extension AccessToken {
    /// The token of an answer.
    init(_ answer: TokenAnswer, source: TokenSourceKind, received: Date, clockOffset: ClockOffset? = nil) {
        self.init(
            rawValue: answer.token,
            fingerprint: Fingerprint.of(answer.token),
            expiry: answer.expiry,
            received: received,
            source: source,
            clockOffset: clockOffset
        )
    }
}
