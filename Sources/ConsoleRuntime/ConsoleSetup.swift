import Azure
import Console
import Federation
import Provisioning

/// Reads and makes the set-up for the console.
struct ConsoleSetup: Sendable {
    /// What works on mappings of a configuration; a cloud that cannot be asked is no failure here.
    let worker: @Sendable (Configuration, [RoleMapping]) async throws(CommandFailure) -> Provisioner
    let send: @Sendable (Message) -> Void

    /// Tells what both clouds have of what the mappings need, object by object as they are read.
    func plan(_ mappings: [RoleMapping], _ request: Request, in configuration: Configuration) async {
        do throws(CommandFailure) {
            let plan = try await worker(configuration, mappings).plan { [send] progress in
                send(.setupProgressed(request, progress))
            }
            send(.setupPlanned(request, .success(plan)))
        } catch {
            send(.setupPlanned(request, .failure(Failure(error))))
        }
    }

    /// Makes some objects, tells each step, and then what both clouds have.
    ///
    /// - Returns: Whether something was changed and the mappings now have all they need.
    func apply(
        _ objects: [SetupObject.ID],
        of mappings: [RoleMapping],
        _ request: Request,
        in configuration: Configuration
    ) async -> Bool {
        do throws(CommandFailure) {
            let worker = try await worker(configuration, mappings)
            let outcome = await worker.apply(only: Set(objects)) { [send] progress in
                send(.setupProgressed(request, progress))
            }
            let plan = await worker.plan()
            send(.setupApplied(request, .success(plan)))
            return !outcome.changed.isEmpty && outcome.failures.isEmpty && plan.pending.isEmpty
        } catch {
            send(.setupApplied(request, .failure(Failure(error))))
            return false
        }
    }
}

extension Failure {
    /// Why a command's work cannot be done, for the console.
    fileprivate init(_ failure: CommandFailure) {
        let kind: Kind =
            switch failure.status {
            case .unreachable: .unreachable
            case .tryAgain: .tryAgain
            default: .refused
            }
        self.init(
            kind: kind,
            code: failure.code,
            message: failure.messages.joined(separator: " "),
            fix: failure.fix
        )
    }
}

extension Workspace {
    /// Where set-ups of a configuration are made ready that may be newer than the workspace.
    func setupDesk(for configuration: Configuration, variables: [String: String]) -> SetupFactory {
        var sources = sources
        sources.endpoints = configuration.endpoints
        sources.identities = configuration.identities
        return SetupFactory(
            configuration: configuration,
            transport: transport,
            sources: sources,
            variables: variables,
            time: time
        )
    }
}
