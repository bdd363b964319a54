import Diagnosis
package import Federation

extension TokenSourceError {
    /// This error as a step of an exchange reports it: what failed, what was seen, what to do.
    package var failure: Failure {
        Failure(kind: kind, code: code, message: message, fix: fix, requestID: requestID, source: source)
    }

    /// What kind of failure it is; decides the exit code.
    package var kind: Failure.Kind {
        switch self {
        case .refused: .refused
        case .unintelligible(let source, _) where source.isLocal: .refused
        case .unavailable, .unreachable, .unintelligible: .unreachable
        case .throttled, .timedOut, .cancelled: .tryAgain
        }
    }

    /// One word for machines: the source's own code where it gave one.
    package var code: String {
        switch self {
        case .unavailable: "source-unavailable"
        case .refused(let refusal), .throttled(let refusal): refusal.code
        case .unreachable: "unreachable"
        case .timedOut: "timed-out"
        case .unintelligible(let source, _): source.isLocal ? "token-format" : "not-a-token-endpoint"
        case .cancelled: "cancelled"
        }
    }

    private var message: String {
        switch self {
        case .unavailable(let source, let missing):
            "\(source.rawValue) is not usable here: \(missing) is missing."
        case .refused(let refusal):
            "\(refusal.source.rawValue) refused the request\(refusal.seen): \(refusal.message)"
        case .throttled(let refusal):
            "\(refusal.source.rawValue) still puts off the request\(refusal.seen): \(refusal.message)"
        case .unreachable(let source, let reason):
            "\(source.rawValue) was not reached: \(reason)"
        case .timedOut(let source, let limit):
            "\(source.rawValue) gave no answer in \(DurationText.format(limit))."
        case .unintelligible(let source, let seen) where source.isLocal:
            "What the \(source.rawValue) gave is no token: \(seen)"
        case .unintelligible(let source, let seen):
            "What answered is no \(source.rawValue) endpoint: \(seen)"
        case .cancelled(let source):
            "The request to \(source.rawValue) was cancelled."
        }
    }

    private var fix: String {
        known?.fix ?? defaultFix
    }

    /// The entry of the table of errors, when the source's words are in it.
    private var known: KnownError? {
        switch self {
        case .refused(let refusal), .throttled(let refusal): refusal.known
        default: nil
        }
    }

    private var defaultFix: String {
        switch self {
        case .unavailable:
            "Run this on the host that owns the identity, or name another source under the identity."
        case .refused(let refusal) where refusal.source == .command:
            "Run the command by hand until it prints a token and nothing else on its standard output."
        case .refused:
            "Compare tenant, identity and audience with what exists in Entra."
        case .throttled:
            "Wait a minute, then ask again; ask for fewer tokens at once."
        case .unreachable:
            "Check that this host has the source, and the route to it; no proxy may be between."
        case .timedOut:
            "Check the route to it, then ask again; a longer timeout under the identity helps a slow source."
        case .unintelligible(let source, _) where source.isLocal:
            "It shall give the token alone, or JSON with access_token, and nothing else."
        case .unintelligible:
            "A proxy or another server took the request: except 169.254.169.254, localhost and 127.0.0.1 from "
                + "the proxy, and check the endpoint's address."
        case .cancelled:
            "Ask again."
        }
    }

    private var requestID: String? {
        switch self {
        case .refused(let refusal), .throttled(let refusal): refusal.requestID
        default: nil
        }
    }
}

extension TokenSourceError: CustomStringConvertible {
    package var description: String { "\(message) \(fix)" }
}

extension SourceRefusal {
    /// Status and code in parentheses, whatever is known of them.
    fileprivate var seen: String {
        let isRepeated = message.contains(code) || code == status.map(String.init)
        let parts = [status.map { "HTTP \($0)" }, isRepeated ? nil : code].compactMap(\.self)
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    /// The entry of the table of errors, by the code or else by the status.
    fileprivate var known: KnownError? {
        guard let side = source.side else { return nil }
        let codes = [code, status.map(String.init)].compactMap(\.self)
        return codes.lazy.compactMap { KnownError.find(side, code: $0, message: message) }.first
    }
}

extension TokenSourceKind {
    /// Whether no endpoint answers, so that none can have been mistaken for it.
    fileprivate var isLocal: Bool { self == .file || self == .command || self == .azureCLI }
}
