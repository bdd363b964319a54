/// What became of the check of a token's signature.
package enum TokenSignature: Hashable, Sendable {
    /// One of the keys that the issuer publishes made it.
    case verified
    /// It could not be checked; the reason is a sentence.
    case unverified(reason: String)
    /// No key that the issuer publishes made it; the reason is a sentence.
    case invalid(reason: String)

    /// The word for machines.
    package var word: String {
        switch self {
        case .verified: "verified"
        case .unverified: "unverified"
        case .invalid: "invalid"
        }
    }
}
