import Crypto
import Federation
import FoundationEssentials

/// The token in a response, a program's output, or a file.
///
/// The data is JSON, in which a number may be written as a string. A program or a file may also supply only the
/// token.
struct TokenAnswer: Hashable, Sendable {
    let token: Secret
    /// The expiration reported by the source.
    let expiry: Date?

    /// The maximum size of a response, in bytes; STS accepts tokens of up to 20,000 characters.
    static let size = 64 * 1024
}

extension TokenAnswer {
    /// Parses a token response in JSON.
    ///
    /// The members are:
    /// - the token: `access_token`, `accessToken`, or `token`
    /// - the expiration: `expires_on` (see ``expiry(_:now:)``) or `expires_in` (seconds from `now`)
    ///
    /// An expiration outside the years 1–9999 is ignored.
    ///
    /// - Throws: ``TokenAnswerError`` if the data is not JSON with a token.
    init(json data: Data, now: Date) throws(TokenAnswerError) {
        let members: [String: JSONValue]?
        do throws(JSONError) {
            members = try JSONValue(parsing: data, limit: Self.size).members
        } catch {
            throw .json(error)
        }
        let names = ["access_token", "accessToken", "token"]
        let token = names.lazy.compactMap { members?[$0]?.string }.first { !$0.isEmpty }
        guard let members, let token else { throw .noToken }
        let expiry =
            members["expires_on"].flatMap { Self.expiry($0, now: now) }
            ?? members["expires_in"].flatMap(Self.number).flatMap { Instant(now + $0)?.date }
        self.init(token: Secret(token), expiry: expiry)
    }

    /// Parses a file or a program's output: a bare token, or JSON as for ``init(json:now:)``.
    ///
    /// - Throws: ``TokenAnswerError`` if the data contains no token in either format.
    init(text data: Data, now: Date) throws(TokenAnswerError) {
        let text = String(decoding: data, as: UTF8.self).trimmed
        if !text.hasPrefix("{"), text.contains("."), text.utf8.allSatisfy(Self.isTokenByte) {
            self.init(token: Secret(text), expiry: nil)
            return
        }
        do throws(TokenAnswerError) {
            try self.init(json: data, now: now)
        } catch {
            if case .json(.malformed) = error { throw .noToken }
            throw error
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "."),
            // The + and / of standard base64 are accepted here and reported when the token is decoded.
            UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// Parses `expires_on`.
    ///
    /// The formats are:
    /// - Unix seconds, as a number or a string
    /// - ISO 8601
    /// - the format of App Service's 2017 API: `9/14/2017 00:00:00 PM +00:00`
    ///
    /// A number below 978,307,200 (the start of 2001) counts seconds from `now`, as in MSAL.
    static func expiry(_ value: JSONValue, now: Date) -> Date? {
        if let seconds = number(value) {
            return seconds < 978_307_200 ? Instant(now + seconds)?.date : Instant(unixSeconds: seconds)?.date
        }
        guard let text = value.string else { return nil }
        return Instant(iso8601: text)?.date ?? dateText(text)
    }

    private static func number(_ value: JSONValue) -> TimeInterval? {
        let number: TimeInterval? =
            switch value {
            case .integer(let number): TimeInterval(number)
            case .number(let number): number
            case .string(let text): text.utf8.count <= 32 ? TimeInterval(text) : nil
            default: nil
            }
        return number.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Parses month, day, year, hour, minute, second, an optional AM or PM, and the UTC offset.
    private static func dateText(_ text: String) -> Date? {
        let pattern =
            #/(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?: ([AP])M)? ([+-])(\d{2}):(\d{2})/#
        guard text.utf8.count <= 64, let match = text.wholeMatch(of: pattern)?.output,
            let month = Int(match.1), let day = Int(match.2), let hour = Int(match.4)
        else { return nil }
        let hours =
            switch match.7 {
            case "P": hour < 12 ? hour + 12 : hour
            case "A": hour == 12 ? 0 : hour
            default: hour
            }
        let digits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return Instant(
            iso8601: "\(match.3)-\(digits(month))-\(digits(day))T\(digits(hours)):\(match.5):\(match.6)"
                + "\(match.8)\(match.9):\(match.10)"
        )?.date
    }
}

/// The reason that data is not a token response; the description is a noun phrase.
enum TokenAnswerError: Error, Hashable {
    case json(JSONError)
    /// The data is neither a JWT nor JSON with a token.
    case noToken
}

extension TokenAnswerError: CustomStringConvertible {
    var description: String {
        switch self {
        case .json(let error): "\(error)"
        case .noToken: "neither a JWT nor JSON with a token"
        }
    }
}

extension TokenAnswerError {
    /// A description of the limit that the data exceeds; `nil` for any other error.
    var limit: String? {
        switch self {
        case .json(.tooLarge), .json(.tooDeep): description
        case .json(.malformed), .json(.repeatedMember), .noToken: nil
        }
    }
}

extension AccessToken {
    /// Creates the token from a response.
    init(_ answer: TokenAnswer, source: TokenSourceKind, received: Date, clockOffset: ClockOffset? = nil) {
        self.init(
            rawValue: answer.token,
            fingerprint: Self.fingerprint(of: answer.token),
            expiry: answer.expiry,
            received: received,
            source: source,
            clockOffset: clockOffset
        )
    }

    /// Returns the first 16 hexadecimal digits of the token's SHA-256 hash.
    static func fingerprint(of token: Secret) -> String {
        SHA256.hash(data: Data(token.reveal().utf8)).prefix(8).hexadecimal
    }
}
