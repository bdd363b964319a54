/// The number that a question carries so that its answer can be told from those to older ones.
package struct Request: Hashable, Sendable, Comparable {
    package let number: Int

    package init(number: Int) {
        self.number = number
    }

    /// What began by itself, such as a renewal ahead of expiry; its answer is never too late.
    package static let background = Request(number: 0)

    package static func < (left: Request, right: Request) -> Bool {
        left.number < right.number
    }
}

/// What an exchange is made for.
package enum Purpose: String, CaseIterable, Hashable, Sendable {
    /// New credentials, kept for use.
    case refresh
    /// Every step, and the credentials are thrown away.
    case test
}
