/// Validates role session names (`RoleSessionName`) and source identities (`SourceIdentity`) by the rule of STS.
///
/// Source: STS API reference 2011-06-15, AssumeRoleWithWebIdentity and AssumeRole: `[\w+=,.@-]{2,64}`, where `\w` is
/// ASCII.
package enum RoleSessionName {
    /// The accepted lengths, in characters.
    package static let lengths = 2...64
    /// A description of the accepted names, for messages.
    package static let accepted = "2 to 64 characters: ASCII letters, digits, and _+=,.@-"

    /// Whether STS accepts a name.
    package static func isValid(_ text: String) -> Bool {
        lengths.contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
    }

    /// Whether a name can contain this ASCII character.
    package static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }
}
