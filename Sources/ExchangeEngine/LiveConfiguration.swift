package import AWS
package import Federation
import Synchronization

/// The live configuration, which all components share.
///
/// A reload replaces the configuration, so readers access this object for each operation.
package final class LiveConfiguration: Sendable {
    private struct State {
        var configuration: Configuration
        var mappings: MappingTable
        /// The mappings whose credentials assume other roles.
        var hubs: Set<RoleMapping.ID>
        var aws: AWSSettings
    }

    private let state: Mutex<State>

    package init(
        _ configuration: Configuration,
        aws: AWSSettings = AWSSettings(variables: [:], profiles: AWSProfiles())
    ) {
        state = Mutex(
            State(
                configuration: configuration,
                mappings: MappingTable(configuration.mappings),
                hubs: configuration.hubs,
                aws: aws
            )
        )
    }

    /// The current configuration; an operation reads this property once and uses the same value throughout.
    package var current: Configuration { state.withLock { $0.configuration } }

    /// The settings from the environment variables and files of AWS tools, read together with the configuration.
    package var aws: AWSSettings { state.withLock { $0.aws } }

    /// Returns the mapping with this name, if any.
    package func mapping(_ id: RoleMapping.ID) -> RoleMapping? { state.withLock { $0.mappings[id] } }

    /// Whether other mappings use the credentials of this mapping.
    package func isHub(_ id: RoleMapping.ID) -> Bool { state.withLock { $0.hubs.contains(id) } }

    /// Replaces the configuration for every reader.
    package func replace(with configuration: Configuration, aws: AWSSettings? = nil) {
        let mappings = MappingTable(configuration.mappings)
        let hubs = configuration.hubs
        state.withLock { state in
            state.configuration = configuration
            state.mappings = mappings
            state.hubs = hubs
            if let aws { state.aws = aws }
        }
    }
}

extension Configuration {
    fileprivate var hubs: Set<RoleMapping.ID> {
        Set(mappings.lazy.compactMap { $0.hub?.id })
    }

    /// Returns the mapping's identity; an identity without a definition in the configuration has no settings.
    package func identity(of mapping: RoleMapping) -> ManagedIdentity {
        identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
    }
}
