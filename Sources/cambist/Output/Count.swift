/// A number of things: `1 mapping`, `2 mappings`.
struct Count: CustomStringConvertible {
    let number: Int
    private let one: String
    private let many: String

    /// The plural is the singular with an s, unless it is given.
    init(_ number: Int, _ one: String, _ many: String? = nil) {
        self.number = number
        self.one = one
        self.many = many ?? one + "s"
    }

    var description: String { "\(number) \(number == 1 ? one : many)" }
}
