package import Federation
import Foundation

extension Claims {
    /// Reads what a file holds of a token, whatever its form.
    ///
    /// A compact JWS, signed or with an empty signature; the JSON of its claims; the answer of a token endpoint, whose
    /// `access_token` counts; or what `cambist claims --json` prints.
    ///
    /// - Throws: ``TokenFormatError`` when it is none of these.
    package init(saved text: Secret) throws(TokenFormatError) {
        let trimmed = text.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        guard trimmed.hasPrefix("{") else {
            self = try Claims(decoding: Secret(trimmed), allowsUnsigned: true)
            return
        }
        let members: [String: JSONValue]
        do throws(JSONError) {
            guard
                let object = try JSONValue(parsing: Data(trimmed.utf8), limit: 2 * Claims.largestPart).members
            else {
                throw .malformed(offset: 0)
            }
            members = object
        } catch {
            if case .malformed = error { throw .notJSONObject(part: "text") }
            throw .overLimit(part: "text", error)
        }
        if let token = members["access_token"]?.string {
            self = try Claims(decoding: Secret(token), allowsUnsigned: true)
        } else if case .object(let payload) = members["claims"] {
            let header =
                if case .object(let header) = members["header"] { header } else { [String: JSONValue]() }
            self.init(header: header, payload: payload)
        } else {
            self.init(header: [:], payload: members)
        }
    }
}
