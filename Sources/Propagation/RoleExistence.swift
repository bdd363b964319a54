package import Diagnosis
package import Federation

import struct Foundation.Date

/// IAM's answer about the role of a denied token.
package enum RoleExistence: Hashable, Sendable, Codable {
    case exists
    /// The role does not exist, with the answer as a sentence.
    case missing(String)
    /// IAM could not be read, for this reason; a missing role then looks like a change that propagates.
    case unreadable(String)

    private enum CodingKeys: String, CodingKey {
        case exists = "there"
        case missing
        case unreadable = "hidden"
    }

    /// The result of an inspection of `role`.
    package init(_ inspection: RoleInspection, of role: RoleARN) {
        switch inspection.role {
        case .found: self = .exists
        case .missing: self = .missing("\(inspection.reader) has no role \(role).")
        case .elsewhere(let other):
            self = .missing("\(inspection.reader) has no role \(role); \(other) has its name.")
        case .unknown: self = .unreadable(inspection.problem?.message ?? "IAM was not asked.")
        }
    }

    package var isMissing: Bool {
        if case .missing = self { true } else { false }
    }
}

extension RoleInspection {
    /// The source of the answer, as the subject of a sentence.
    fileprivate var reader: String {
        if case .iam(let credentials) = source { "IAM, read with \(credentials)," } else { "The account" }
    }
}

/// Consecutive denials during which IAM reports that the role does not exist.
struct MissingRoleStreak: Hashable, Sendable, Codable {
    /// The number of denials that make the result certain, because IAM itself shows new roles late.
    private static let requiredCount = 3

    private let since: Date
    private let count: Int

    /// Adds IAM's answer at a denial to the earlier ones; `nil` unless the role is missing.
    init?(after earlier: MissingRoleStreak?, _ role: RoleExistence?, at now: Date) {
        guard let role, role.isMissing else { return nil }
        since = earlier?.since ?? now
        count = min((earlier?.count ?? 0), Self.requiredCount) + 1
    }

    /// Whether the role does not exist, rather than being too new to be visible.
    func isCertain(at now: Date, _ timing: PropagationTiming) -> Bool {
        count >= Self.requiredCount
            && now.since(since) >= timing.bound(.roleVisibility)
    }
}
