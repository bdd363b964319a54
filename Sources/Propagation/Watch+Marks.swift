package import Federation

package import struct Foundation.Date

extension Watch {
    /// An attempt in a few words.
    package struct Mark: Hashable, Sendable, Codable {
        package let at: Date
        /// What it showed to be waited for; `nil` for a success.
        package let cause: WatchCause?
        /// `ok`, `failed`, or `warn` when the credentials came though the claims are not as configured.
        package let outcome: StepOutcome
        /// Whether the token was the one of the attempt before.
        package let isSameToken: Bool

        init(at: Date, _ sighting: AttemptOutcome, _ outcome: StepOutcome, isSameToken: Bool) {
            self.at = at
            self.isSameToken = isSameToken
            switch sighting {
            case .works: (cause, self.outcome) = (nil, .ok)
            case .waits(let cause, _):
                (self.cause, self.outcome) = (cause, outcome == .failed ? .failed : .warn)
            case .cannot: (cause, self.outcome) = (.trouble, .failed)
            }
        }
    }

    /// Why an attempt did not succeed.
    package struct Reason: Hashable, Sendable, Codable {
        package let code: String
        package let message: String
        /// The step that failed or warned.
        package let step: ExchangeStep?

        init(_ failure: Failure, in step: ExchangeStep?) {
            code = failure.code
            message = failure.message
            self.step = step
        }
    }
}
