import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import FoundationEssentials
import Glibc
import Operations
import Propagation
import UnixSignals

/// `cambist serve`: runs a credentials endpoint for AWS's SDKs, with AWS's protocol for containers.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve credentials to AWS SDKs on loopback and renew them before they expire.",
        discussion: HelpText(
            """
            Exchanges the token of each named mapping (default: all) and prints, for each mapping, the two variables \
            that an SDK needs. While a mapping has no credentials and its exchange runs, each request for the mapping \
            waits up to one second. If there are still no credentials, the response is an error that names the cause: \
            403 if STS refused the exchange; otherwise 503, which SDKs retry.

            Every request except a request for /healthz must contain the authorization token. The server reads the \
            token from the file that --token-file names. If the file does not exist, the server creates it with a \
            new token. Without --token-file, the server prints a new token. On a terminal, or with --verbose, each \
            mapping that becomes ready is reported on stderr. SIGHUP reloads the configuration; Ctrl-C and SIGTERM \
            stop the server.

            /healthz needs no token and returns 200 if every served mapping has credentials, otherwise 503. /metrics \
            requires the token, alone or after `Bearer`, and returns metrics for Prometheus. Under systemd \
            (Type=notify), the server reports when it is ready and when it reloads, and sends watchdog \
            notifications.

            The server accepts requests whose Host is 127.0.0.1, localhost, or [::1], with any port; requests for \
            other hosts, such as 169.254.170.2 or host.docker.internal, receive 403. A container reaches the server \
            when the container shares the host's network (docker run --network host), or when cambist runs in the \
            container's pod or network namespace (docker run --network container:CAMBIST). In both cases, mount the \
            token file read-only.
            """,
            statuses: [
                .done: "stopped by Ctrl-C or SIGTERM",
                .interrupted: "interrupted before the server was listening",
                .unreachable: "the port is in use",
                .notPermitted: "a file, such as the token file, cannot be read or written",
                .configuration: "the configuration or the token file is invalid",
            ],
            examples: [
                "cambist serve --port 9911 --token-file ~/.cambist-token",
                "cambist serve --json | jq -r '.mappings[].url'",
                "curl -sf http://127.0.0.1:9911/healthz",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Names of the mappings to serve (default: all).", completion: .mappings)
    var mappings: [String] = []

    @Option(help: "Port to listen on (0: any free port).")
    var port = 0

    @Option(
        help: "File with the authorization token, without a newline; created if it does not exist.",
        completion: .file()
    )
    var tokenFile: String?

    @Flag(name: .shortAndLong, help: "Print the endpoints as one JSON object on one line.")
    var json = false

    func validate() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("--port \(port) is out of range; accepted: 0 to 65535.")
        }
    }

    func run() async throws {
        let token = try ServerToken.of(file: tokenFile, warn: Report.reportError)
        let reloads = await UnixSignalsSequence(trapping: .sighup)
        try await ApplicationContext.with(options) { context in
            let named = Set(try mappings.map(context.mapping).map(\.id))
            let served = { @Sendable (configuration: Configuration) in
                configuration.mappings.filter { mapping in
                    (named.isEmpty || named.contains(mapping.id))
                        && !RoleMapping.unservedNames.contains(mapping.id)
                }
            }
            let reporter = ServeReporter(options)
            let metrics = ServerMetrics()
            let notification = ServiceNotification(variables: ProcessEnvironment.variables)
            let refresher = CredentialRefresher(
                configuration: context.configuration,
                scope: named.isEmpty ? .all : .named(named),
                engine: context.engine,
                time: context.time
            ) { event in
                guard case .ended(let record) = event else { return }
                reporter.reportExchange(record)
                metrics.count(record)
            }
            let announced = served(context.configuration.current)
            guard !announced.isEmpty else {
                throw CommandFailure(
                    .configuration,
                    code: "no-mappings",
                    "The configuration has no mappings to serve.",
                    fix: "Add one to \(context.origin): `cambist config edit` opens the file."
                )
            }
            for name in RoleMapping.unservedNames.sorted()
            where context.configuration.mapping(name) != nil {
                Report.reportError("The mapping \(name) is not served: the path /\(name) is reserved.")
            }
            let renewal = Task { await refresher.run() }
            let reloading = Task {
                await reload(context, refresher, notification, serving: served, on: reloads)
            }
            let node = Task { await runNode(context, refresher, reporter, serving: served, metrics) }
            let watchdog = Task { await feedWatchdog(notification, refresher, context.time) }
            defer {
                notification?.send(.stopping)
                reporter.end()
                renewal.cancel()
                reloading.cancel()
                watchdog.cancel()
                node.cancel()
            }
            let server = CredentialServer(
                configuration: context.configuration,
                refresher: refresher,
                token: token,
                metrics: metrics,
                time: context.time
            )
            do throws(CredentialServerError) {
                try await server.run(port: port) { port in
                    await refresher.applyConfiguration()
                    do throws(CommandFailure) {
                        try announce(announced, port: port, token: token)
                        notification?.send(.ready, Self.status(announced.count, port: port))
                    } catch {
                        // Without the announcement, no client can find the endpoint.
                        Cambist.end(error, of: self)
                    }
                }
            } catch {
                switch error {
                case .cannotListen:
                    throw CommandFailure(
                        .unreachable,
                        code: "port",
                        error.description,
                        fix:
                            "Stop the process that listens there, or set --port to another port (0: any free port)."
                    )
                case .stopped:
                    throw CommandFailure(
                        .internalError,
                        code: "server-stopped",
                        error.description,
                        fix: "Start the server again."
                    )
                }
            }
            node.cancel()
            _ = await withDeadline(ApplicationContext.nodeStopLimit, time: context.time) { await node.value }
        }
    }

    /// Publishes this node to the fleet and executes the operators' requests; without a fleet, returns immediately.
    private func runNode(
        _ context: ApplicationContext,
        _ refresher: CredentialRefresher,
        _ reporter: ServeReporter,
        serving served: @escaping @Sendable (Configuration) -> [RoleMapping],
        _ metrics: ServerMetrics
    ) async {
        guard context.configuration.current.fleet.store != nil else { return }
        let ended = { @Sendable (record: ExchangeRecord) in
            reporter.reportExchange(record)
            metrics.count(record)
        }
        let runner = WatchRunner(
            configuration: context.configuration,
            store: context.history,
            time: context.time,
            dependencies: context.watchDependencies { mapping, options in
                await refresher.pauseRenewal(of: mapping.id)
                let exchange = await refresher.exchange(mapping, options: options, storing: true) { _ in }
                ended(exchange.record)
                return exchange.record
            }
        ) { event in
            if case .ended(let watch) = event { Task { await refresher.resumeRenewal(of: watch.id) } }
        }
        let actions = NodeActions(
            refresher,
            runner,
            accepts: { served(context.configuration.current).contains($0) },
            ended: { record, _ in ended(record) }
        )
        async let watching: Void = runner.run()
        await context.runNode(actions, takesOver: true, report: Report.reportError)
        await watching
        await runner.close()
    }

    /// Reloads the configuration at each SIGHUP; keeps the current configuration if the file is invalid.
    private func reload(
        _ context: ApplicationContext,
        _ refresher: CredentialRefresher,
        _ notification: ServiceNotification?,
        serving served: @Sendable (Configuration) -> [RoleMapping],
        on signals: UnixSignalsSequence
    ) async {
        for await _ in signals {
            notification?.send(.reloading)
            defer { notification?.send(.ready) }
            do throws(CommandFailure) {
                let (configuration, warning) = try await context.reload()
                await refresher.applyConfiguration()
                Report.say("Configuration reloaded: \(Count(served(configuration).count, "mapping")).")
                if let warning { Report.reportError(warning) }
            } catch {
                error.lines.forEach(Report.reportError)
                Report.reportError("The current configuration is unchanged.")
            }
        }
    }

    /// Notifies systemd's watchdog twice in each `WatchdogSec=` period while the refresher responds.
    private func feedWatchdog(
        _ notification: ServiceNotification?,
        _ refresher: CredentialRefresher,
        _ time: any TimeSource
    ) async {
        guard let notification, let interval = notification.watchdogInterval else { return }
        while (try? await time.sleep(for: interval)) != nil {
            // If the refresher does not respond, systemd gets no notification and restarts the service.
            _ = await refresher.credentials(for: "")
            notification.send(.watchdog)
        }
    }

    private static func status(_ count: Int, port: Int) -> ServiceNotification.State {
        .status("serving \(Count(count, "mapping")) on 127.0.0.1:\(port)")
    }

    private func announce(_ mappings: [RoleMapping], port: Int, token: Secret) throws(CommandFailure) {
        let report = ServeReport(
            mappings: mappings.map { .init(name: $0.id, url: "http://127.0.0.1:\(port)/\($0.id)") },
            authorizationToken: tokenFile == nil ? token.reveal() : nil,
            authorizationTokenFile: tokenFile.map { URL(filePath: $0).path }
        )
        try json ? Report.answer(line: report) : Report.answer(lines: report.exports)
    }
}

extension ServeCommand: JSONAnswering {
    var answersInJSON: Bool { json }
    static func answersInLines(_ arguments: [String]) -> Bool { true }

    func report(_ error: ErrorReport) -> any Encodable {
        ServeReport(mappings: [], error: error)
    }
}
