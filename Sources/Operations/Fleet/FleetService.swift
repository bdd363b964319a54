import ExchangeEngine
package import Federation
import Fleet
import Store

/// The fleet as the console's fleet panel uses it: snapshots, requests to nodes, and exchanges of nodes.
package struct FleetService: Sendable {
    private let streaming: @Sendable () -> AsyncStream<FleetSnapshot>
    private let requesting:
        @Sendable (FleetRequest.Verb, FleetMapping.ID) async -> Result<FleetRequest, Failure>
    private let recording: @Sendable (FleetRecordID) async -> Result<ExchangeRecord?, Failure>
    private let listing: @Sendable (FleetMapping.ID, Int) async -> Result<[ExchangeRecord], Failure>

    package init(
        snapshots: @escaping @Sendable () -> AsyncStream<FleetSnapshot>,
        request:
            @escaping @Sendable (FleetRequest.Verb, FleetMapping.ID) async -> Result<FleetRequest, Failure>,
        record: @escaping @Sendable (FleetRecordID) async -> Result<ExchangeRecord?, Failure>,
        latest: @escaping @Sendable (FleetMapping.ID, Int) async -> Result<[ExchangeRecord], Failure>
    ) {
        streaming = snapshots
        requesting = request
        recording = record
        listing = latest
    }

    /// A new stream of fleet snapshots: a snapshot after the first read of the database and after each change.
    ///
    /// Only the newest unread snapshot is kept. While the database is unreachable, a snapshot contains the last known
    /// state and `unreachableSince`. Each access to this property opens a connection. Each stream can be read only
    /// once.
    package var snapshots: AsyncStream<FleetSnapshot> { streaming() }

    /// Sends a request to a node; the snapshots show the progress of the request.
    package func request(
        _ verb: FleetRequest.Verb,
        _ target: FleetMapping.ID
    ) async -> Result<FleetRequest, Failure> {
        await requesting(verb, target)
    }

    /// Returns the exchange that a request caused; `nil` while the database does not have the exchange.
    package func record(_ id: FleetRecordID) async -> Result<ExchangeRecord?, Failure> {
        await recording(id)
    }

    /// Returns the latest exchanges of a mapping, the newest first.
    package func exchanges(
        of target: FleetMapping.ID,
        limit: Int
    ) async -> Result<[ExchangeRecord], Failure> {
        await listing(target, limit)
    }
}

extension FleetService {
    init(_ access: FleetAccess, time: any TimeSource, report: @escaping @Sendable (String) -> Void) {
        let observer = FleetObserver(
            access.settings,
            operatorName: access.operatorName,
            time: time,
            report: report
        )
        self.init(
            snapshots: {
                AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
                    let task = Task {
                        await observer.run { continuation.yield($0) }
                        continuation.finish()
                    }
                    continuation.onTermination = { _ in task.cancel() }
                }
            },
            request: { verb, target in
                do throws(FleetError) {
                    return .success(try await observer.request(verb, target))
                } catch {
                    return .failure(Failure(error))
                }
            },
            record: { id in
                do throws(FleetError) {
                    return .success(try await observer.exchange(id)?.record)
                } catch {
                    return .failure(Failure(error))
                }
            },
            latest: { target, limit in
                do throws(FleetError) {
                    let page = try await observer.exchanges(
                        matching: HistoryFilter(mapping: target.mapping),
                        node: target.node,
                        before: nil,
                        limit: limit
                    )
                    return .success(page.map(\.record))
                } catch {
                    return .failure(Failure(error))
                }
            }
        )
    }
}

extension ApplicationContext {
    /// The fleet; `nil` without `fleet.store` in the configuration, or if libpq refuses the URI.
    package var fleet: FleetService? {
        fleetAccess.map { FleetService($0, time: time, report: warn) }
    }

    /// The database of the fleet; `nil` without `fleet.store`, or if libpq refuses the URI.
    ///
    /// A refused URI causes a warning.
    var fleetAccess: FleetAccess? {
        let settings = configuration.current.fleet
        guard settings.store != nil else { return nil }
        do throws(CommandFailure) {
            return try FleetAccess(settings, variables: variables)
        } catch {
            error.lines.forEach(warn)
            return nil
        }
    }
}
