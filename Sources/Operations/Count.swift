/// A number of items as text: `1 mapping`, `2 mappings`.
package struct Count: CustomStringConvertible {
    package let number: Int
    private let singular: String
    private let plural: String

    /// Creates a count; without `plural`, the plural is `singular` with an s.
    package init(_ number: Int, _ singular: String, _ plural: String? = nil) {
        self.number = number
        self.singular = singular
        self.plural = plural ?? singular + "s"
    }

    package var description: String { "\(number) \(number == 1 ? singular : plural)" }
}
