import Foundation

/// The scenarios that come with the lab, each as the text of a scenario file.
enum BuiltInScenario: String, CaseIterable {
    case empty
    case steady
    case propagation
    case gallery
    case storm

    /// The scenario file.
    var text: String {
        switch self {
        case .empty: ScenarioText.empty
        case .steady: ScenarioText.steady
        case .propagation: ScenarioText.propagation
        case .gallery: ScenarioText.gallery
        case .storm: ScenarioText.storm
        }
    }
}

extension Scenario {
    /// What `--scenario` accepts beside a path.
    static let knownNames = BuiltInScenario.allCases.map(\.rawValue) + [scaleName, "\(scaleName):N"]

    /// Finds a scenario by the name of a built-in one or by the path of a file.
    ///
    /// - Throws: ``LabError`` when there is no such scenario or it has mistakes.
    static func load(_ name: String) throws(LabError) -> Scenario {
        if name.contains("/") || name.hasSuffix(".yaml") {
            return try ScenarioReader.read(text(ofFile: name), name: name, file: name)
        }
        if let builtIn = BuiltInScenario(rawValue: name) {
            return try ScenarioReader.read(builtIn.text, name: name, file: name)
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts[0] == scaleName, parts.count <= 2,
            let count = parts.count == 1 ? usualScale : Int(parts[1]), (1...1_000_000).contains(count)
        else { throw .unknownScenario(name, known: knownNames) }
        return scale(count)
    }

    private static func text(ofFile path: String) throws(LabError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .unreadableScenario(file: path, reason: error.localizedDescription)
        }
    }
}

/// The built-in scenario files; each is in a file of its own.
enum ScenarioText {}
