import AsyncHTTPClient
import Federation
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

extension TransportError {
    /// What an error of the HTTP client means.
    init(_ error: any Error, host: String, bounds: RequestBounds) {
        self =
            switch error {
            case let error as HTTPClientError:
                Self.meaning(of: error, host: host, bounds: bounds)
            case is CancellationError:
                // The alarm of the time bound cancels as well as the asker does.
                Task.isCancelled ? .cancelled : .timedOut(host: host, limit: bounds.total)
            case is NIOTooManyBytesError:
                .tooLarge(host: host, limit: bounds.bodySize)
            case is NIOSSLError, is BoringSSLError:
                .insecure(host: host, reason: "\(error)")
            case let error as NIOSSLExtraError:
                .insecure(host: host, reason: error.description)
            case let error as NIOConnectionError:
                .unreachable(host: host, reason: Self.reason(error))
            case let error as IOError:
                .unreachable(host: host, reason: Self.reason(error))
            default:
                .unreachable(host: host, reason: "\(error)")
            }
    }

    private static func meaning(
        of error: HTTPClientError,
        host: String,
        bounds: RequestBounds
    ) -> TransportError {
        switch error {
        case .deadlineExceeded, .readTimeout: .timedOut(host: host, limit: bounds.total)
        case .connectTimeout, .getConnectionFromPoolTimeout:
            .timedOut(host: host, limit: HTTPTransport.connectLimit)
        case .cancelled: .cancelled
        case .remoteConnectionClosed: .unreachable(host: host, reason: "it closed the connection")
        case .tlsHandshakeTimeout: .insecure(host: host, reason: "the handshake took too long")
        default: .unreachable(host: host, reason: error.shortDescription)
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil, error.dnsAAAAError != nil { return "its name does not resolve" }
        guard let last = error.connectionErrors.last?.error else { return "no address answered" }
        switch last {
        case let last as IOError: return reason(last)
        case is ChannelError: return "no connection in time"
        default: return "\(last)"
        }
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "nothing listens there"
        case ECONNRESET, EPIPE: "it broke the connection"
        case ENETUNREACH, EHOSTUNREACH: "there is no route to it"
        default: error.description
        }
    }
}
