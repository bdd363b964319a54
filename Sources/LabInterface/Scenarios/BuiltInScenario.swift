/// A built-in scenario of the lab: its name on the command line, and the text of its scenario file.
///
/// The texts are here rather than in the simulator because the help and the completion of `cambist` list the names.
package struct BuiltInScenario: Sendable {
    /// Every scenario with a text, in the order of the help.
    package static let all = [empty, steady, propagation, gallery, storm]

    /// The name of the scenario that the lab generates; this scenario has no text.
    ///
    /// All its mappings work. `scale:N` sets the number of mappings.
    package static let scale = "scale"
    /// The accepted numbers of mappings in `scale:N`.
    package static let scales = 1...1_000_000
    /// The number of mappings in `scale` without `:N`.
    package static let defaultScale = 10_000

    /// The names without parameters, for shell completion.
    package static let names = all.map(\.name) + [scale]
    /// Every accepted form of a name.
    package static let acceptedNames =
        all.map(\.name) + [
            "\(scale)[:N] (\(scales.lowerBound) to \(scales.upperBound) mappings; default: \(defaultScale))"
        ]

    package let name: String
    package let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }
}
