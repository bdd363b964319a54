import ConfigurationFile
package import Federation
import Propagation
import Store

/// Reads the states of mappings from the history, the watches, and the keyring; sends no request.
package struct StatusService {
    private let configuration: Configuration
    private let options: ContextOptions
    private let time: any TimeSource

    /// Reads the configuration.
    ///
    /// - Throws: ``CommandFailure`` when the configuration cannot be used.
    package init(_ options: ContextOptions, time: any TimeSource) throws(CommandFailure) {
        self.options = options
        self.time = time
        configuration = try ConfigurationText.find(options).read()
    }

    /// The directory of the history and the watches.
    package var directory: String { options.location.stateDirectory }

    /// Returns the states of these mappings or, by default, of all mappings in the order of the configuration.
    ///
    /// - Throws: ``CommandFailure`` for an unknown mapping; ``HistoryError`` when the history cannot be read.
    package func states(of names: [RoleMapping.ID]) async throws -> [MappingState] {
        let mappings = names.isEmpty ? configuration.mappings : try names.map(configuration.requiredMapping)
        let (latest, watches) = try await history(of: mappings.map(\.id))
        return MappingState.states(
            of: mappings,
            configuration,
            latest: latest,
            watches: watches,
            variables: options.variables,
            now: time.now
        )
    }

    private func history(
        of mappings: [RoleMapping.ID]
    ) async throws(HistoryError) -> ([RoleMapping.ID: LatestExchange], [RoleMapping.ID: Watch]) {
        guard HistoryStore.exists(in: directory) else { return ([:], [:]) }
        let store = try HistoryStore.openForReading(directory: directory, settings: configuration.history)
        let running = try await store.watches().map { ($0.watch.id, $0.watch) }
        let found = (try await store.latest(of: mappings), Dictionary(running) { $1 })
        try store.close()
        return found
    }
}
