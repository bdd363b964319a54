package import Diagnosis
package import Federation

import struct Foundation.Date

/// What IAM says of a role into which STS did not let a token.
package enum RoleExistence: Hashable, Sendable, Codable {
    case there
    /// There is no such role, in words.
    case missing(String)
    /// Why IAM did not tell: a missing role cannot be told from one that settles.
    case hidden(String)

    /// What was read of `role`.
    package init(_ knowledge: RoleInspection, of role: RoleARN) {
        switch knowledge.role {
        case .found: self = .there
        case .missing: self = .missing("\(knowledge.teller) has no role \(role).")
        case .elsewhere(let other):
            self = .missing("\(knowledge.teller) has no role \(role); \(other) has its name.")
        case .unknown: self = .hidden(knowledge.problem?.message ?? "It was not asked.")
        }
    }

    /// Whether there is no such role.
    package var isMissing: Bool {
        if case .missing = self { true } else { false }
    }
}

extension RoleInspection {
    /// Who told, at the beginning of a sentence.
    fileprivate var teller: String {
        if case .iam(let credentials) = source { "IAM, asked with \(credentials)," } else { "The account" }
    }
}

/// Denials in a row while IAM finds no such role.
struct MissingRoleStreak: Hashable, Sendable, Codable {
    /// So many are needed, for IAM itself shows late what is new.
    private static let wanted = 3

    private let since: Date
    private let count: Int

    /// Adds what IAM says at a denial to what it said before; `nil` unless the role is missing.
    init?(after earlier: MissingRoleStreak?, _ sight: RoleExistence?, at now: Date) {
        guard let sight, sight.isMissing else { return nil }
        since = earlier?.since ?? now
        count = (earlier?.count ?? 0) + 1
    }

    /// Whether the role is gone, and not only too new to be shown.
    func isSure(at now: Date, _ pace: PropagationTiming) -> Bool {
        count >= Self.wanted && now.since(since) >= pace.absence
    }
}
