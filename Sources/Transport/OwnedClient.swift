import AsyncHTTPClient
import Federation
import NIOPosix

/// The library's client with an owner: it is shut down with the last reference to it at the latest.
///
/// The library ends the program when a client that still runs goes away, which an error thrown past
/// ``HTTPTransport/shutDown()`` would bring about. A class, because only a class notices its end.
final class OwnedClient: Sendable {
    /// One thread for all clients: it bears thousands of requests a second, and more would only be started.
    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    let client: HTTPClient

    init(_ configuration: HTTPClient.Configuration) {
        client = HTTPClient(eventLoopGroupProvider: .shared(Self.loops), configuration: configuration)
    }

    deinit {
        // Refused when it was shut down before, which is as good.
        client.shutdown { _ in }
    }
}
