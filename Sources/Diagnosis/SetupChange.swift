package import Foundation

/// A change of a mapping's setup that cambist made on this host.
package struct SetupChange: Hashable, Sendable {
    package let at: Date
    /// Whether the cloud confirmed the change; otherwise, it was sent, and the change may have been made.
    package let isConfirmed: Bool

    package init(at: Date, isConfirmed: Bool = true) {
        self.at = at
        self.isConfirmed = isConfirmed
    }

    /// The change as a clause of an explanation's evidence.
    var text: String {
        isConfirmed
            ? "cambist changed the setup at \(at.text)"
            : "cambist may have changed the setup at \(at.text): it sent a request and recorded no response"
    }
}

extension SetupChange: Comparable {
    package static func < (one: SetupChange, other: SetupChange) -> Bool {
        (one.at, one.isConfirmed ? 1 : 0) < (other.at, other.isConfirmed ? 1 : 0)
    }
}
