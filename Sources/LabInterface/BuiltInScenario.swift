/// The scenarios that the lab contains, by the name that `--scenario` accepts.
package enum BuiltInScenario: String, CaseIterable, Sendable {
    case empty
    case steady
    case propagation
    case gallery
    case storm
    /// Many mappings that all work; `scale:N` sets their number.
    case scale

    /// The accepted numbers of mappings in `scale:N`.
    package static let scales = 1...1_000_000

    /// Every accepted form of a name.
    package static let acceptedNames =
        allCases.map(\.rawValue) + [
            "\(scale.rawValue):N (N from \(scales.lowerBound) to \(scales.upperBound))"
        ]
}
