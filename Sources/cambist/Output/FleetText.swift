import Federation
import FoundationEssentials
import Operations

/// The nodes of the fleet as a table.
struct FleetText {
    let snapshot: FleetSnapshot
    let now: Date

    /// The table: a header line, and one line per node.
    var text: String {
        if snapshot.nodes.isEmpty { return "The fleet has no nodes." }
        let mappings = Dictionary(grouping: snapshot.mappings, by: \.node)
        let rows = snapshot.nodes.map { node in
            let own = mappings[node.name] ?? []
            let troubled = own.count { $0.state.needsAttention }
            return [
                VisibleText.oneLine(node.name), node.activity,
                "\(StatusText.rounded(now.since(node.lastBeat))) ago", "\(own.count)", "\(troubled)",
                VisibleText.oneLine(node.host), VisibleText.oneLine(node.version),
            ]
        }
        let titles = ["NODE", "STATE", "HEARTBEAT", "MAPPINGS", "FAILING", "HOST", "VERSION"]
        return StatusText.table([titles] + rows)
    }
}

extension FleetNode {
    fileprivate var activity: String {
        if hasStopped { return "stopped" }
        return silentSince == nil ? "running" : "silent"
    }
}

/// The output of `fleet status --json`.
struct FleetReport: Encodable {
    struct Node: Encodable {
        let name: String
        let host: String
        let cambistVersion: String
        let lastBeat: Date
        let silentSince: Nullable<Date>
        let stopped: Bool
        let mappings: Int
        /// The number of mappings that are failing, blocked, or expired.
        let failing: Int
    }

    let version = 1
    let nodes: [Node]
    var error: ErrorReport?

    init(_ snapshot: FleetSnapshot, error: ErrorReport? = nil) {
        let mappings = Dictionary(grouping: snapshot.mappings, by: \.node)
        nodes = snapshot.nodes.map { node in
            Node(
                name: node.name,
                host: node.host,
                cambistVersion: node.version,
                lastBeat: node.lastBeat,
                silentSince: Nullable(node.silentSince),
                stopped: node.hasStopped,
                mappings: mappings[node.name]?.count ?? 0,
                failing: mappings[node.name]?.count { $0.state.needsAttention } ?? 0
            )
        }
        self.error = error
    }
}
