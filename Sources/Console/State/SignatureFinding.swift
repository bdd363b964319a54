import Drawing
import Federation

/// What was found of a token's signature.
package enum SignatureFinding: Hashable, Sendable {
    /// It is being looked at.
    case asked
    /// One of the keys that the issuer publishes made it.
    case verified
    /// It could not be checked; the reason is a sentence.
    case unverified(reason: String)
    /// No key that the issuer publishes made it; the reason is a sentence.
    case invalid(reason: String)

    var text: String {
        switch self {
        case .asked: "↻ being verified"
        case .verified: "✓ verified with the issuer's published key"
        case .unverified(let reason): "▲ not verified: \(reason)"
        case .invalid(let reason): "✕ invalid: \(reason)"
        }
    }

    var ink: ResolvedStyle {
        switch self {
        case .asked: .pending
        case .verified: .good
        case .unverified: .caution
        case .invalid: .bad
        }
    }
}

extension ConsoleState {
    /// Asks for the signature of the token that the claims show, once a token.
    mutating func askForSignature() -> [Effect] {
        guard panel == .claims, let row = roster.selected, let token = row.lastRecord?.token,
            signatures[token.fingerprint] == nil
        else { return [] }
        signatures[token.fingerprint] = .asked
        return [.verifySignature(row.id, fingerprint: token.fingerprint)]
    }
}
