/// A value that must not be displayed: a token, a secret key, a session token, an authorization header.
///
/// Every conversion to text yields a mask. ``reveal()`` is called only where the value leaves the process.
package struct Secret: Hashable, Sendable {
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    /// Whether the value is empty.
    package var isEmpty: Bool { value.isEmpty }

    /// The value itself, for the code that sends or writes it.
    package func reveal() -> String {
        value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "‹secret›" }
    package var debugDescription: String { "‹secret›" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
