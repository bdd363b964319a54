import Foundation
import LabInterface
import Transport

extension BuiltInScenario {
    /// The text of the scenario file; `nil` for the scenario that is generated.
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
    /// Loads a built-in scenario by name, or a scenario file by path.
    ///
    /// - Throws: ``LabError`` if the scenario does not exist or has errors.
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

    /// The maximum size of a scenario file, in bytes.
    private static let sizeLimit = 4 << 20

    private static func text(ofFile path: String) throws(LabError) -> String {
        let data: Data
        do throws(FileReadError) {
            data = try BoundedFile.read(path, limit: sizeLimit)
        } catch {
            throw .unreadableScenario(error)
        }
        guard let text = String(data: data, encoding: .utf8) else { throw .scenarioNotText(file: path) }
        return text
    }
}

/// The texts of built-in scenarios, each of which is defined in a separate file.
enum ScenarioText {}
