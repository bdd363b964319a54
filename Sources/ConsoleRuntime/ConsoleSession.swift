import AWS
import Azure
import Console
import CredentialDelivery
import ExchangeEngine
import Federation
import Propagation
import Transport

/// One configuration at work in the console: its engine, and what the console hears and wants of it.
struct ConsoleSession {
    let workspace: Workspace
    let keeper: CredentialRefresher
    let watcher: WatchRunner
    let runner: EffectRunner

    /// Joins a workspace whose requests are told to the mailbox; asks nobody yet.
    ///
    /// With `isReadOnly` watches are looked at and none is run.
    init(_ workspace: Workspace, _ text: ConfigurationText, _ mailbox: Mailbox, isReadOnly: Bool) {
        let keeper = CredentialRefresher(engine: workspace.engine, time: workspace.time) { event in
            mailbox.send(Message(event))
        }
        let watcher = workspace.watcher(keeper, mailbox, drives: !isReadOnly)
        runner = EffectRunner(
            keeper: keeper,
            watcher: watcher,
            teller: NotificationHook(time: workspace.time, variables: ProcessEnvironment.variables),
            past: workspace.historian,
            trust: workspace.trust,
            reload: { [text = text.withoutText] in await workspace.reload(text) },
            survey: { await workspace.engine.survey() },
            setup: ConsoleSetup(
                worker: { configuration, mappings throws(CommandFailure) in
                    try await workspace.setupDesk(for: configuration, variables: text.environment)
                        .worker(for: mappings)
                },
                send: { mailbox.send($0) }
            ),
            verify: { [keys = workspace.issuerKeys] mapping, fingerprint in
                await workspace.signature(of: mapping, fingerprint, by: keys)
            },
            forget: { mapping in workspace.forget(mapping) },
            signIn: { mapping, credentials in
                do throws(SignInError) {
                    return .success(try await workspace.signInURL(for: mapping, credentials))
                } catch {
                    return .failure(error.failure)
                }
            },
            send: { mailbox.send($0) }
        )
        self.keeper = keeper
        self.watcher = watcher
        self.workspace = workspace
    }

    /// Lets all begin that needs no key; these mappings are watched from the start.
    func begin(watching watched: [RoleMapping.ID]) async {
        await watcher.use(workspace.configuration)
        for id in watched { await runner.watch(id) }
        await runner.use(workspace.configuration)
    }

    /// Renews and watches until the task is cancelled.
    func work(_ mailbox: Mailbox) async {
        mailbox.send(.watchesRecalled(await workspace.historian.pastWatches(limit: 100).reversed()))
        async let watching: Void = watcher.run()
        await keeper.run()
        await watching
    }
}

extension Workspace {
    /// The watches of a console: what they exchange is kept and shown as any other exchange.
    fileprivate func watcher(
        _ keeper: CredentialRefresher,
        _ mailbox: Mailbox,
        drives: Bool
    ) -> WatchRunner {
        let surroundings = watchSurroundings(drives: drives) { mapping, options in
            await keeper.leave(mapping.id)
            mailbox.send(.exchangeBegan(mapping.id))
            let exchange = await keeper.exchange(mapping, options: options, keeping: true) { step in
                mailbox.send(.stepped(mapping.id, .background, step))
            }
            mailbox.send(.exchanged(.background, exchange.record))
            return exchange.record
        }
        return WatchRunner(book: historian, time: time, surroundings: surroundings) { event in
            mailbox.send(Message(event, here: surroundings.holder))
            if case .ended(let watch) = event { Task { await keeper.takeBack(watch.id) } }
        }
    }

    /// The keys that issuers publish, as this configuration reaches them.
    fileprivate var issuerKeys: IssuerKeys {
        IssuerKeys(transport: transport, authority: configuration.endpoints.authority, time: time)
    }

    /// Looks at the signature of a mapping's token, provided that it still has that fingerprint.
    fileprivate func signature(
        of mapping: RoleMapping,
        _ fingerprint: String,
        by keys: IssuerKeys
    ) async -> SignatureFinding {
        guard let token = try? await engine.token(for: mapping).token, token.fingerprint == fingerprint else {
            return .unverified(reason: "There is a newer token by now.")
        }
        switch await keys.signature(of: token.rawValue) {
        case .verified: return .verified
        case .unverified(let reason): return .unverified(reason: reason)
        case .invalid(let reason): return .invalid(reason: reason)
        }
    }

    /// Throws away what is kept of a mapping for other processes.
    func forget(_ mapping: RoleMapping) {
        let identity = configuration.identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
        CredentialCache(isEnabled: true, endpoints: configuration.endpoints, complain: { _ in })
            .forget(mapping, of: identity)
    }

    /// Reads the configuration again; a bad one changes nothing and says why.
    func reload(_ text: ConfigurationText) async -> Message {
        do throws(CommandFailure) {
            let fresh = try text.reread()
            var configuration = try fresh.read()
            configuration.endpoints = try access.settings.completed(configuration.endpoints)
            var sources = sources
            sources.endpoints = configuration.endpoints
            sources.identities = configuration.identities
            await engine.use(configuration, sources: sources)
            return .configured(configuration, origin: fresh.path)
        } catch {
            return .configurationRefused(error.lines)
        }
    }
}
