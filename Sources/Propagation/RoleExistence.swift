package import Diagnosis
package import Federation

import struct FoundationEssentials.Date

/// The state of a role in IAM after a denial.
package enum RoleExistence: Hashable, Sendable, Codable {
    case exists
    /// The role does not exist; the text is a complete sentence.
    case missing(String)
    /// IAM could not be read, for the given reason.
    case unreadable(String)

    private enum CodingKeys: String, CodingKey {
        case exists = "there"
        case missing
        case unreadable = "hidden"
    }

    /// Extracts the state of `role` from an inspection.
    package init(_ inspection: RoleInspection, of role: RoleARN) {
        switch inspection.role {
        case .found: self = .exists
        case .missing: self = .missing("\(inspection.reader) has no role \(role).")
        case .atOtherPath(let other):
            self = .missing("\(inspection.reader) has no role \(role); \(other) has the same name.")
        case .unknown: self = .unreadable(inspection.problem?.message ?? "IAM was not read.")
        }
    }

    package var isMissing: Bool {
        if case .missing = self { true } else { false }
    }
}

extension RoleInspection {
    /// The source of the information, for the beginning of a sentence.
    fileprivate var reader: String {
        guard case .iam(let credentials) = source else { return "The account" }
        return "IAM, read using \(credentials),"
    }
}

/// A series of consecutive denials; at each denial, IAM reported that the role does not exist.
struct MissingRoleStreak: Hashable, Sendable, Codable {
    /// The minimum number of denials for certainty; IAM returns a new role only after a delay.
    private static let requiredCount = 3

    private let since: Date
    private let count: Int

    /// Extends the streak by another denial; `nil` unless IAM reported that the role does not exist.
    init?(after earlier: MissingRoleStreak?, _ role: RoleExistence?, at now: Date) {
        guard let role, role.isMissing else { return nil }
        since = earlier?.since ?? now
        count = min((earlier?.count ?? 0), Self.requiredCount) + 1
    }

    /// Whether the role certainly does not exist, and is not merely too new.
    func isCertain(at now: Date, _ timing: PropagationTiming) -> Bool {
        count >= Self.requiredCount
            && now.since(since) >= timing.bound(.roleVisibility)
    }
}
