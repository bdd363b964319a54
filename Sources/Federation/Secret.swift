/// A value that must not be displayed: a token, a secret key, a session token, an authorization header.
///
/// Every conversion to text yields a mask; only ``reveal()`` returns the value.
package struct Secret: Hashable, Sendable {
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var isEmpty: Bool { value.isEmpty }

    /// Returns the value, for code that sends, writes, parses, or compares the value.
    package func reveal() -> String {
        value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "‹secret›" }
    package var debugDescription: String { "‹secret›" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
