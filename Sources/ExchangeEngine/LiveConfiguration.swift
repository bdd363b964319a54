package import AWS
package import Federation
import Synchronization

/// The configuration in force, shared by every component that reads it.
///
/// Its owner replaces it; readers ask at each use and store no copy.
package final class LiveConfiguration: Sendable {
    private struct State {
        var configuration: Configuration
        var mappings: MappingTable
        var aws: AWSSettings
    }

    private let state: Mutex<State>

    package init(
        _ configuration: Configuration,
        aws: AWSSettings = AWSSettings(variables: [:], profiles: AWSProfiles())
    ) {
        state = Mutex(
            State(configuration: configuration, mappings: MappingTable(configuration.mappings), aws: aws)
        )
    }

    /// The configuration as it is now; a caller uses one value for one operation.
    package var current: Configuration { state.withLock { $0.configuration } }

    /// The settings in the variables and files of AWS's tools, as read with the configuration.
    package var aws: AWSSettings { state.withLock { $0.aws } }

    /// The mapping of that name.
    package func mapping(_ id: RoleMapping.ID) -> RoleMapping? { state.withLock { $0.mappings[id] } }

    /// Replaces the configuration for every reader.
    package func replace(with configuration: Configuration, aws: AWSSettings? = nil) {
        let mappings = MappingTable(configuration.mappings)
        state.withLock { state in
            state.configuration = configuration
            state.mappings = mappings
            if let aws { state.aws = aws }
        }
    }
}

extension Configuration {
    /// The identity that a mapping names; one without settings where the configuration has none of that name.
    package func identity(of mapping: RoleMapping) -> ManagedIdentity {
        identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
    }
}
