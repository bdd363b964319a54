/// The built-in scenarios of the lab, by their names in `--scenario`.
package enum BuiltInScenario: String, CaseIterable, Sendable {
    case empty
    case steady
    case propagation
    case gallery
    case storm
    /// Many working mappings; `scale:N` sets their number.
    case scale

    /// The accepted values of N in `scale:N`.
    package static let scales = 1...1_000_000

    /// The accepted names, for help and error messages.
    package static let acceptedNames =
        allCases.map(\.rawValue) + [
            "\(scale.rawValue):N (N from \(scales.lowerBound) to \(scales.upperBound))"
        ]
}
