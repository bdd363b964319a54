import Simulator
import Transport

extension Lab {
    /// A lab that listens, by the machine's clock.
    ///
    /// - Throws: ``CommandFailure`` with what the lab says of it.
    static func running(_ options: LabOptions) async throws(CommandFailure) -> RunningLab {
        do throws(LabError) {
            return try await start(options, time: SystemTime())
        } catch {
            throw CommandFailure(
                ExitStatus(error),
                code: "lab",
                telling: [error.description],
                fix: "Correct --scenario, --port or the directories the lab writes to."
            )
        }
    }
}

extension ExitStatus {
    /// How the program ends when the lab does not start.
    init(_ error: LabError) {
        switch error {
        case .unknownScenario: self = .usage
        case .unreadableScenario, .badScenario: self = .configuration
        case .portInUse, .cannotListen: self = .unreachable
        case .cannotWrite: self = .notPermitted
        case .noKeys: self = .ourFault
        }
    }
}

extension RunningLab {
    /// The environment of whoever works with the lab: the machine's, and over it what the lab says.
    var environmentOverlay: [String: String] {
        var variables = ProcessEnvironment.variables.merging(environment.map { ($0.name, $0.value) }) {
            _,
            lab in
            lab
        }
        if let profiles = variables["CAMBIST_LAB_AWS_CONFIG_FILE"] { variables["AWS_CONFIG_FILE"] = profiles }
        return variables
    }
}
