package import Federation
package import Propagation

package import struct Foundation.Date

/// Whom it asks, and who it is.
package struct WatchDependencies: Sendable {
    let exchange: @Sendable (RoleMapping, ExchangeOptions) async -> ExchangeRecord
    let assigned: @Sendable (RoleMapping) async -> Date?
    let role: @Sendable (RoleMapping, TokenFacts?, Duration) async -> RoleExistence?
    let isGone: @Sendable (String) -> Bool
    /// This process, as leases name it.
    package let holder: String
    let drives: Bool

    /// Where watches run.
    ///
    /// - Parameters:
    ///   - holder: This process, as leases name it.
    ///   - drives: Whether it asks at all; if not, it only looks on.
    ///   - isGone: Whether the process that a lease names is known to have ended.
    ///   - assigned: When the app role was assigned to the mapping's identity, where the directory tells.
    ///   - role: What IAM says of the mapping's role, no older than that, once the token was denied; `nil` where
    ///     nobody is to be asked.
    ///   - exchange: Makes one attempt.
    package init(
        holder: String,
        drives: Bool = true,
        isGone: @escaping @Sendable (String) -> Bool = { _ in false },
        assigned: @escaping @Sendable (RoleMapping) async -> Date? = { _ in nil },
        role: @escaping @Sendable (RoleMapping, TokenFacts?, Duration) async -> RoleExistence? = { _, _, _ in
            nil
        },
        exchange: @escaping @Sendable (RoleMapping, ExchangeOptions) async -> ExchangeRecord
    ) {
        self.holder = holder
        self.drives = drives
        self.isGone = isGone
        self.assigned = assigned
        self.role = role
        self.exchange = exchange
    }
}
