import AsyncHTTPClient

/// The library's client with an owner: it is shut down with the last reference to it at the latest.
///
/// The library ends the program when a client that still runs goes away, which an error thrown past
/// ``HTTPTransport/shutDown()`` would bring about. A class, because only a class notices its end.
final class OwnedClient: Sendable {
    let client: HTTPClient

    init(_ configuration: HTTPClient.Configuration) {
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // Refused when it was shut down before, which is as good.
        client.shutdown { _ in }
    }
}
