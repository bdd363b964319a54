import AsyncHTTPClient
package import Federation
package import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The reason why a request was not sent or received no valid response within its limits.
package enum TransportError: Error, Hashable, Sendable {
    /// No connection could be made, or the connection broke.
    case unreachable(host: String, reason: String)
    case timedOut(host: String, limit: Duration)
    /// The request was not sent, because the host did not respond to a recent request.
    case silent(host: String)
    /// The request was not sent, because an earlier request to the host has just failed with the associated error.
    indirect case withheld(TransportError)
    /// The TLS handshake failed; certificate verification cannot be disabled.
    case insecure(host: String, reason: String)
    /// By the local clock, the server's certificate is not yet valid or has expired.
    case outsideCertificatePeriod(host: String, begins: Date, ends: Date, now: Date)
    case tooLarge(host: String, limit: Int)
    /// The response is not HTTP, or has a status outside 200…599.
    case notHTTP(host: String, status: Int?)
    /// The task that sent the request was canceled.
    case canceled
}

extension TransportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let host, let reason):
            "\(host) cannot be reached: \(VisibleText.oneLine(reason))."
        case .timedOut(let host, let limit):
            "\(host) did not respond within \(DurationText.format(limit))."
        case .silent(let host):
            "\(host) did not respond to an earlier request in time, so no further request is sent for now."
        case .withheld(let failure):
            failure.description
        case .insecure(let host, let reason):
            "No trusted TLS connection to \(host): \(VisibleText.oneLine(reason))."
        case .outsideCertificatePeriod(let host, let begins, let ends, let now):
            "The certificate of \(host) "
                + (now < begins ? CertificateDate.begins(begins) : .ended(ends)).text
                + ", and this host's clock shows \(now.formatted(.iso8601))."
        case .tooLarge(let host, let limit):
            "\(host) returned more than \(limit) bytes."
        case .notHTTP(let host, let status?):
            "\(host) returned status \(status), which is not the status of an HTTP response (200 to 599)."
        case .notHTTP(let host, nil):
            "\(host) returned a response that is not HTTP."
        case .canceled:
            "The request was canceled."
        }
    }

    package var kind: Failure.Kind {
        switch self {
        case .unreachable, .insecure, .outsideCertificatePeriod, .tooLarge, .notHTTP: .unreachable
        case .timedOut, .silent, .canceled: .tryAgain
        case .withheld(let failure): failure.kind
        }
    }

    /// The stable identifier in JSON.
    package var code: String {
        switch self {
        case .unreachable: "unreachable"
        case .timedOut, .silent: "timed-out"
        case .withheld(let failure): failure.code
        case .insecure: "tls"
        case .outsideCertificatePeriod: CertificateDate.failureCode
        case .tooLarge: "answer-too-large"
        case .notHTTP: "not-http"
        case .canceled: "canceled"
        }
    }

    package var fix: String {
        switch self {
        case .unreachable: "Check the address, the route to it, and any proxy on the way."
        case .timedOut, .silent: "Check the route to the host, then try again."
        case .withheld(let failure): failure.fix
        case .insecure: "Check the server's certificate; add a private authority with network.ca_file."
        case .outsideCertificatePeriod:
            "`cambist doctor` compares this host's clock with the clouds' clocks. If this host's clock is right, the "
                + "server's certificate must be renewed."
        case .tooLarge, .notHTTP: "Another server is at this address; check the endpoint and any proxy."
        case .canceled: "Try again."
        }
    }
}

extension TransportError {
    /// Converts an error of the HTTP client.
    init(_ error: any Error, host: String, bounds: RequestBounds) {
        self =
            switch error {
            case let error as HTTPClientError:
                Self.meaning(of: error, host: host, bounds: bounds)
            case is CancellationError:
                // The time limit cancels only the request. The caller's cancellation cancels this task.
                Task.isCancelled ? .canceled : .timedOut(host: host, limit: bounds.total)
            case is NIOTooManyBytesError:
                .tooLarge(host: host, limit: bounds.bodySize)
            case let error as InvalidStatusError:
                .notHTTP(host: host, status: error.status)
            case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection:
                .unreachable(host: host, reason: "it closed the connection within its response")
            case is HTTPParserError:
                .notHTTP(host: host, status: nil)
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

    /// Whether the host did not respond in time.
    var isTimeout: Bool {
        if case .timedOut = self { true } else { false }
    }

    /// Whether no connection was established in time.
    ///
    /// ``TransportError`` reports such an error as `unreachable`.
    static func isConnectTimeout(_ error: any Error) -> Bool {
        guard let last = (error as? NIOConnectionError)?.connectionErrors.last?.error else { return false }
        if case .connectTimeout = last as? ChannelError { return true }
        return false
    }

    /// Whether the host accepted no connection.
    ///
    /// A lack of descriptors in this process does not count as the host's failure.
    static func isConnectFailure(_ error: any Error) -> Bool {
        switch error {
        case let error as NIOConnectionError: error.connectionErrors.allSatisfy { isConnectFailure($0.error) }
        case let error as IOError: ![EMFILE, ENFILE, ECONNRESET, EPIPE].contains(error.errnoCode)
        case ChannelError.connectTimeout: true
        default: false
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
            .timedOut(host: host, limit: HTTPConnections.connectLimit)
        case .cancelled: .canceled
        case .remoteConnectionClosed: .unreachable(host: host, reason: "it closed the connection")
        case .tlsHandshakeTimeout: .insecure(host: host, reason: "the handshake timed out")
        default: .unreachable(host: host, reason: error.shortDescription)
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil, error.dnsAAAAError != nil { return "its name does not resolve" }
        guard let last = error.connectionErrors.last?.error else { return "no address responded" }
        switch last {
        case let last as IOError: return reason(last)
        case is ChannelError: return "the connection timed out"
        default: return "\(last)"
        }
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "it refused the connection"
        case ECONNRESET, EPIPE: "it reset the connection"
        case ENETUNREACH, EHOSTUNREACH: "no route to the host"
        case EMFILE, ENFILE: "too many open files"
        default: error.description
        }
    }
}
