package import Federation

/// Why a request had no answer.
package enum TransportError: Error, Hashable, Sendable {
    /// No name, no route, nobody listening, or the connection broke.
    case unreachable(host: String, reason: String)
    /// The bound ran out.
    case timedOut(host: String, limit: Duration)
    /// TLS could not be agreed on; never worked around.
    case insecure(host: String, reason: String)
    /// The answer passed the size it may have.
    case tooLarge(host: String, limit: Int)
    /// The task that asked was cancelled.
    case cancelled
}

extension TransportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let host, let reason):
            "\(host) cannot be reached: \(reason)."
        case .timedOut(let host, let limit):
            "\(host) gave no answer in \(DurationText.format(limit))."
        case .insecure(let host, let reason):
            "No trusted TLS connection to \(host): \(reason)."
        case .tooLarge(let host, let limit):
            "\(host) answered with more than \(limit) bytes."
        case .cancelled:
            "The request was cancelled."
        }
    }

    /// The kind of failure this is for whoever asked.
    package var kind: Failure.Kind {
        switch self {
        case .unreachable, .insecure: .unreachable
        case .timedOut, .cancelled: .tryAgain
        case .tooLarge: .refused
        }
    }

    /// One word for machines.
    package var code: String {
        switch self {
        case .unreachable: "unreachable"
        case .timedOut: "timed-out"
        case .insecure: "tls"
        case .tooLarge: "answer-too-large"
        case .cancelled: "cancelled"
        }
    }

    /// What to do about it.
    package var fix: String {
        switch self {
        case .unreachable: "Check the address, the route to it and any proxy between."
        case .timedOut: "Check the route to it, then try again."
        case .insecure: "Check the certificate it shows; a private authority goes into network.ca_file."
        case .tooLarge: "Something else answers at this address; check the endpoint and any proxy."
        case .cancelled: "Ask again."
        }
    }
}
