/// The services of the simulated Azure.
enum SimulatedAzureService: CaseIterable, Sendable {
    case appService
    case arc
    case authority
    case cloudShell
    case graph
    case instanceMetadata
    case machineLearning
    case resourceManager
    case serviceFabric

    /// What its paths begin with on the lab's port; nothing for the one service that keeps its usual path.
    var prefix: String {
        switch self {
        case .appService: "/msi"
        case .arc: "/arc"
        case .authority: "/login"
        case .cloudShell: "/cloudshell"
        case .graph: "/graph"
        case .instanceMetadata: ""
        case .machineLearning: "/ml"
        case .resourceManager: "/arm"
        case .serviceFabric: ""
        }
    }

    /// Those on the lab's port, the one without a prefix last.
    static let sharingPort: [SimulatedAzureService] = [
        .appService, .arc, .authority, .cloudShell, .graph, .machineLearning, .resourceManager,
        .instanceMetadata,
    ]
}
