import Foundation
import LabInterface

extension BuiltInScenario {
    /// The text of the scenario file; `nil` for the scenario that is computed.
    var text: String? {
        switch self {
        case .empty: ScenarioText.empty
        case .steady: ScenarioText.steady
        case .propagation: ScenarioText.propagation
        case .gallery: ScenarioText.gallery
        case .storm: ScenarioText.storm
        case .scale: nil
        }
    }
}

extension Scenario {
    /// Finds a scenario by the name of a built-in one or by the path of a file.
    ///
    /// - Throws: ``LabError`` when there is no such scenario or it has mistakes.
    static func load(_ name: String) throws(LabError) -> Scenario {
        if name.contains("/") || name.hasSuffix(".yaml") {
            return try ScenarioReader.read(text(ofFile: name), name: name, file: name)
        }
        if let text = BuiltInScenario(rawValue: name)?.text {
            return try ScenarioReader.read(text, name: name, file: name)
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts[0] == BuiltInScenario.scale.rawValue, parts.count <= 2,
            let count = parts.count == 1 ? usualScale : Int(parts[1]), BuiltInScenario.scales.contains(count)
        else { throw .unknownScenario(name, known: BuiltInScenario.acceptedNames) }
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
