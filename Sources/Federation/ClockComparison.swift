/// Compares the clocks of the clouds and of this host, and finds the wrong clock.
///
/// Of three clocks, the two clocks that agree count as right. If only one server's clock was measured, either the
/// server's clock or the host's can be wrong.
package struct ClockComparison: Hashable, Sendable {
    /// The servers of a cloud.
    package enum Server: String, CaseIterable, Hashable, Sendable {
        case aws = "AWS"
        case azure = "Azure"
    }

    /// The clock that is wrong.
    package enum Verdict: Hashable, Sendable {
        /// None: no measured clock differs notably from this host's.
        case agreement
        /// This host's: the servers agree with each other, or other evidence refutes this host's clock.
        case host
        /// The server's: this host agrees with the other server.
        case server(Server)
        /// Unknown: only one server was measured, no two clocks agree, or two pairs of clocks agree equally well.
        case undecided
    }

    /// The code of the warning about the wrong clock, and the ID of this cause in explanations.
    package static let code = "clock-offset"
    /// The command that corrects this host's clock.
    package static let correction: ShellCommand = "timedatectl set-ntp true"

    /// AWS's clock minus this host's; `nil` if it was not measured.
    package let aws: ClockOffset?
    /// Azure's clock minus this host's; `nil` if it was not measured.
    package let azure: ClockOffset?
    package let verdict: Verdict

    /// - Parameters:
    ///   - aws: AWS's clock minus this host's.
    ///   - azure: Azure's clock minus this host's.
    ///   - isHostRefuted: Whether other evidence, such as a certificate's dates, shows that this host's clock is wrong;
    ///     used only if one server was measured.
    package init(aws: ClockOffset?, azure: ClockOffset?, isHostRefuted: Bool = false) {
        self.aws = aws
        self.azure = azure
        verdict = Self.verdict(aws: aws, azure: azure, isHostRefuted: isHostRefuted)
    }

    private static func verdict(aws: ClockOffset?, azure: ClockOffset?, isHostRefuted: Bool) -> Verdict {
        guard [aws, azure].contains(where: { $0?.isNotable == true }) else { return .agreement }
        guard let aws, let azure else { return isHostRefuted ? .host : .undecided }
        let difference = ClockOffset(
            offset: aws.offset - azure.offset,
            uncertainty: aws.uncertainty + azure.uncertainty
        )
        let pairs: [(wrong: Verdict, difference: ClockOffset)] = [
            (.host, difference), (.server(.azure), aws), (.server(.aws), azure),
        ]
        let agreeing = pairs.filter { !$0.difference.isNotable }.sorted {
            $0.difference.magnitude < $1.difference.magnitude
        }
        guard let closest = agreeing.first else { return .undecided }
        let isTied = agreeing.count > 1 && agreeing[1].difference.magnitude == closest.difference.magnitude
        return isTied ? .undecided : closest.wrong
    }

    /// The measured servers whose clocks differ notably from this host's.
    package var notable: [(server: Server, offset: ClockOffset)] {
        measured.filter { $0.offset.isNotable }
    }

    /// Whether a server's clock differs from this host's by at least `limit`.
    package func differs(by limit: Duration) -> Bool {
        notable.contains { $0.offset.magnitude >= limit }
    }

    private var measured: [(server: Server, offset: ClockOffset)] {
        let all: [(server: Server, offset: ClockOffset?)] = [(.aws, aws), (.azure, azure)]
        return all.compactMap { server, offset in offset.map { (server: server, offset: $0) } }
    }
}

// The texts.
extension ClockComparison {
    /// The result of the comparison in one sentence; `nil` if the clocks agree.
    package var summary: String? {
        switch verdict {
        case .agreement: nil
        case .host:
            notable.first.map {
                "This host's clock is \($0.offset.text) \($0.offset.isAhead ? "slow" : "fast")."
            }
        case .server(let server):
            offset(of: server).map {
                "The clock at \(server.rawValue) is \($0.text) \($0.isAhead ? "fast" : "slow"); this host's clock "
                    + "agrees with \(server.other.rawValue)'s."
            }
        case .undecided: undecidedSummary
        }
    }

    private var undecidedSummary: String? {
        guard let first = notable.first else { return nil }
        let text =
            "\(first.server.rawValue)'s clock is \(first.offset.text) "
            + "\(first.offset.isAhead ? "ahead of" : "behind") this host's"
        guard let second = offset(of: first.server.other) else {
            return "\(text); \(first.server.other.rawValue)'s clock was not measured."
        }
        let other = "\(first.server.other.rawValue)'s"
        return second.isNotable
            ? "\(text), \(other) is \(second.text) \(second.isAhead ? "ahead of" : "behind") this host's, and no two "
                + "clocks agree."
            : "\(text), and \(other) is between them."
    }

    /// The measured clock offsets, as a phrase.
    package var evidence: String {
        "compared with this host's clock: "
            + measured.map { "\($0.server.rawValue) \($0.offset)" }.joined(separator: ", ")
    }

    /// The advice and, if any, the command of the fix.
    package var fix: (advice: String, command: ShellCommand?) {
        switch verdict {
        case .agreement: ("", nil)
        case .host:
            (
                "AWS rejects signed requests that are off by 15 minutes, and SDKs compare expirations with this clock. "
                    + "Correct it:",
                Self.correction
            )
        case .server:
            (
                "Look for a proxy or a different server at that address; `cambist doctor` shows the endpoint and the "
                    + "proxy. Do not change this host's clock.",
                nil
            )
        case .undecided:
            (
                "Compare this host's clock with another source before changing it; `cambist doctor` shows the clocks of "
                    + "all endpoints.",
                nil
            )
        }
    }

    /// The warning of an exchange's step; `nil` if the clocks agree.
    package func warning(requestID: String? = nil) -> Failure? {
        summary.map {
            Failure(
                kind: .refused,
                code: Self.code,
                message: "\($0.dropLast()) (\(evidence)).",
                fix: lineOfFix,
                requestID: requestID
            )
        }
    }

    /// The fix in one line.
    package var lineOfFix: String {
        let (advice, command) = fix
        return command.map { "\(advice) \($0)" } ?? advice
    }

    /// The wrong clock and its offset from the right clocks: `AWS +12 s`; `nil` if the clocks agree.
    ///
    /// If the wrong clock is unknown, the text lists every clock that differs notably from this host's.
    package var brief: String? {
        switch verdict {
        case .agreement: nil
        case .host:
            notable.first.map {
                let host = ClockOffset(offset: .zero - $0.offset.offset, uncertainty: $0.offset.uncertainty)
                return "host \(host.seconds)"
            }
        case .server(let server): offset(of: server).map { "\(server.rawValue) \($0.seconds)" }
        case .undecided:
            notable.reversed().map { "\($0.server.rawValue) \($0.offset.seconds)" }.joined(separator: ", ")
        }
    }

    private func offset(of server: Server) -> ClockOffset? {
        switch server {
        case .aws: aws
        case .azure: azure
        }
    }
}

extension ClockComparison.Server {
    fileprivate var other: Self { self == .aws ? .azure : .aws }
}

extension ClockOffset {
    fileprivate var isAhead: Bool { offset > .zero }
    fileprivate var magnitude: Duration { isAhead ? offset : .zero - offset }
    /// The offset without its sign: `20m`.
    fileprivate var text: String {
        DurationText.format(Duration(clampingSeconds: magnitude.seconds.rounded()))
    }
}

extension ExchangeRecord {
    /// The clocks as measured during the exchange.
    package var clocks: ClockComparison { ClockComparison(aws: clockOffset, azure: token?.clockOffset) }
}
