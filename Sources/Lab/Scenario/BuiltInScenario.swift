import Foundation

/// The scenarios that come with the lab, each as the text of a scenario file.
enum BuiltInScenario: String, CaseIterable {
    case steady

    /// The scenario file.
    var text: String {
        switch self {
        case .steady: ScenarioText.steady
        }
    }
}

extension Scenario {
    /// Finds a scenario by the name of a built-in one or by the path of a file.
    ///
    /// - Throws: ``LabError`` when there is no such scenario or it has mistakes.
    static func load(_ name: String) throws(LabError) -> Scenario {
        if name.contains("/") || name.hasSuffix(".yaml") {
            let text: String
            do {
                text = try String(contentsOfFile: name, encoding: .utf8)
            } catch {
                throw .unreadableScenario(file: name, reason: error.localizedDescription)
            }
            return try ScenarioReader.read(text, name: name, file: name)
        }
        guard let scenario = BuiltInScenario(rawValue: name) else {
            throw .unknownScenario(name, known: BuiltInScenario.allCases.map(\.rawValue))
        }
        return try ScenarioReader.read(scenario.text, name: name, file: name)
    }
}

/// The built-in scenario files; each is in a file of its own.
enum ScenarioText {}
