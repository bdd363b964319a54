import Console
import CursesTerminal
import ExchangeEngine
import Federation
import Operations
import Propagation
import Store

/// The services of one configuration; messages report the results of the services to the console.
struct ConsoleServices: Sendable {
    /// The maximum number of earlier exchanges whose outcomes the mappings show.
    private static let earlierExchangeLimit = 500
    /// The interval at which unused memory is returned to the system.
    private static let trimInterval = Duration.seconds(300)

    let context: ApplicationContext
    let refresher: CredentialRefresher
    let runner: WatchRunner
    /// The lab to which the configuration belongs, if any.
    let lab: LabProcess?
    private let isReadOnly: Bool
    private let mailbox: Mailbox
    private let time: any TimeSource

    /// Creates the services; ``run()`` starts them.
    init(
        _ context: ApplicationContext,
        of lab: LabProcess?,
        isReadOnly: Bool,
        mailbox: Mailbox,
        time: any TimeSource
    ) {
        let refresher = CredentialRefresher(
            configuration: context.configuration,
            engine: context.engine,
            time: time
        ) { event in
            mailbox.send(Message(event))
        }
        self.context = context
        self.refresher = refresher
        runner = Self.watchRunner(context, refresher, isReadOnly: isReadOnly, mailbox, time)
        self.lab = lab
        self.isReadOnly = isReadOnly
        self.mailbox = mailbox
        self.time = time
    }

    /// Returns the runner of the console's watches.
    ///
    /// The console shows and stores the exchanges of a watch like all other exchanges.
    private static func watchRunner(
        _ context: ApplicationContext,
        _ refresher: CredentialRefresher,
        isReadOnly: Bool,
        _ mailbox: Mailbox,
        _ time: any TimeSource
    ) -> WatchRunner {
        let dependencies = context.watchDependencies(isReadOnly: isReadOnly) { mapping, options in
            await refresher.pauseRenewal(of: mapping.id)
            mailbox.send(.exchangeBegan(mapping.id, .background))
            let exchange = await refresher.exchange(mapping, options: options, storing: true) { step in
                mailbox.send(.stepped(mapping.id, .background, step))
            }
            mailbox.send(.exchanged(.background, exchange.record))
            return exchange.record
        }
        return WatchRunner(
            configuration: context.configuration,
            store: context.history,
            time: time,
            dependencies: dependencies
        ) { event in
            mailbox.send(Message(event, holder: dependencies.holder))
            if case .ended(let watch) = event { Task { await refresher.resumeRenewal(of: watch.id) } }
        }
    }

    /// Renews credentials, runs watches, and publishes this node until the task is canceled.
    func run() async {
        mailbox.send(.pastWatchesLoaded(await context.history.pastWatches(limit: 100).reversed()))
        async let watching: Void = runner.run()
        async let publishing: Void = runNode()
        async let earlierExchanges: Void = sendEarlierExchanges()
        async let trimming: Void = trimMemory()
        await refresher.run()
        await watching
        await trimming
        await earlierExchanges
        await publishing
    }

    private func trimMemory() async {
        while (try? await time.sleep(for: Self.trimInterval)) != nil { CursesTerminal.trimMemory() }
    }

    /// Publishes this node and executes requests of operators.
    ///
    /// Returns immediately without a fleet and in a read-only console.
    private func runNode() async {
        guard !isReadOnly else { return }
        let actions = NodeActions(
            refresher,
            runner,
            began: { [mailbox] in mailbox.send(.exchangeBegan($0, $1 ? .background : .backgroundTest)) },
            ended: { [mailbox] in mailbox.send(.exchanged($1 ? .background : .backgroundTest, $0)) }
        )
        // A console publishes only if no other process publishes as the node.
        await context.runNode(actions, takesOver: false) { [mailbox] in
            mailbox.send(.noticed(Notice(.warning, $0)))
        }
    }

    private func sendEarlierExchanges() async {
        let records = try? await context.history.records(
            matching: HistoryFilter(),
            at: .newest,
            limit: Self.earlierExchangeLimit
        )
        if let records, !records.isEmpty { mailbox.send(.earlierExchangesLoaded(records)) }
    }

    /// Applies the configuration to the watches first, because the refresher skips watched mappings.
    func applyConfiguration() async {
        await runner.applyConfiguration()
        await runner.readStore()
        await refresher.applyConfiguration()
    }
}
