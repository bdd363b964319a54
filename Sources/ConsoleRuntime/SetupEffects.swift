import Console
import ExchangeEngine
import Federation
import Operations
import Provisioning
import Transport

// The effects that plan and apply a setup.
extension ConsoleRuntime {
    func planSetup(_ ids: [RoleMapping.ID], _ request: Request) async {
        guard let context = services?.context else { return }
        let mappings = ids.compactMap(context.configuration.mapping)
        await HTTPRequest.$mapping.withValue(ids.count == 1 ? ids[0] : nil) {
            do throws(CommandFailure) {
                let provisioner = try await context.setupFactory.provisioner(for: mappings)
                let plan = await provisioner.plan { [mailbox] progress in
                    mailbox.send(.setupProgressed(request, progress))
                }
                mailbox.send(.setupPlanned(request, .success(plan)))
            } catch {
                mailbox.send(.setupPlanned(request, .failure(Failure(error))))
            }
        }
    }

    /// Applies some objects of an approved plan, then watches the mappings.
    ///
    /// The watches start only if an object changed, no object failed, and no other object is missing or different.
    func applySetup(
        _ ids: [RoleMapping.ID],
        _ approved: SetupPlan,
        _ objects: [SetupObject.ID],
        _ request: Request
    ) async {
        guard let context = services?.context else { return }
        let mappings = ids.compactMap(context.configuration.mapping)
        var isComplete = false
        do throws(CommandFailure) {
            let provisioner = try await context.setupFactory.provisioner(for: mappings)
            let outcome = await provisioner.apply(approved, only: Set(objects)) { [mailbox] progress in
                context.note(progress, of: mappings)
                mailbox.send(.setupProgressed(request, progress))
            }
            let plan = await provisioner.plan(after: outcome.changed)
            mailbox.send(.setupApplied(request, .success(plan)))
            // A replica of a cloud may not have the changed objects yet, so the plan may still contain them.
            isComplete =
                !outcome.changed.isEmpty && outcome.failures.isEmpty
                && Set(plan.pending.map(\.id)).isSubset(of: outcome.changed)
        } catch {
            mailbox.send(.setupApplied(request, .failure(Failure(error))))
        }
        await context.directory.removeAll()
        for mapping in mappings {
            await context.roles.invalidate(mapping.roleARN)
            if isComplete { await watch(mapping.id, changed: time.now) }
        }
    }
}
