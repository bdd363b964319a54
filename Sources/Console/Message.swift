package import Diagnosis
package import Drawing
package import Federation
package import Propagation

package import struct Foundation.Date

/// Something that happened, and that the console's state answers to.
package enum Message: Hashable, Sendable {
    // The terminal and the clock.
    case key(Key)
    case mouse(MouseEvent)
    case resized(Size)
    case ticked(Date)

    // The configuration.
    /// One is being made ready; the text says what is done for it.
    case opening(String)
    /// There is none; the path is where it would be.
    case unconfigured(path: String)
    /// One was taken; the text is where it came from, as the header shows it.
    case configured(Configuration, origin: String)
    /// It was not taken: one problem an element, and the one before it stays.
    case configurationRefused([String])
    /// A signal asks to read it again.
    case reloadRequested

    // Exchanges.
    /// One began by itself; what the operator asked for is pending since the key.
    case exchangeBegan(RoleMapping.ID)
    /// A step of a running exchange ended.
    case stepped(RoleMapping.ID, Request, StepRecord)
    /// An exchange ended, well or not.
    case exchanged(Request, ExchangeRecord)
    /// What will be done for a mapping without a key, or that nothing will.
    case planned(RoleMapping.ID, Plan?)

    /// What is known of a mapping's role and its trust policy.
    case explained(RoleMapping.ID, Request, RoleInspection)

    // The set-up.
    /// What both clouds have was read, or why not.
    case setupPlanned(Request, Result<SetupPlan, Failure>)
    /// Something happens to an object that is being made.
    case setupProgressed(Request, SetupProgress)
    /// What was to be made is made, as read afterwards, or why not.
    case setupApplied(Request, Result<SetupPlan, Failure>)
    /// The signature of the token with that fingerprint was looked at.
    case signatureChecked(fingerprint: String, SignatureFinding)
    // Watches.
    /// A watch began, or made an attempt; here, or in another process.
    case watched(StoredWatch, isHere: Bool)
    /// A watch ended just now.
    case watchEnded(Watch)
    /// Watches that ended before, the latest last.
    case watchesRecalled([Watch])
    /// What past waits for a cause teach.
    case estimated(WatchCause, WaitEstimate)

    // The past.
    /// A page of the history was read, or not.
    case historyRead(Request, Result<[ExchangeRecord], HistoryProblem>)

    /// What a mapping's claims are to be compared with was found, or not.
    case compared(Request, Result<ClaimComparison, HistoryProblem>)

    // The rest.
    /// What this host's token sources are.
    case surveyed(SourceSurvey)
    case transferred(Transfer)
    case noticed(Notice)
}

/// What is done for a mapping by itself, and when.
package struct Plan: Hashable, Sendable {
    package enum Action: String, CaseIterable, Hashable, Sendable {
        case renewal
        case retry
        /// The next look of a watch that waits until the mapping works.
        case attempt
    }

    package let action: Action
    package let at: Date

    package init(action: Action, at: Date) {
        self.action = action
        self.at = at
    }
}

/// One line that tells the operator something, shown above the keys until the next key.
package struct Notice: Hashable, Sendable {
    package enum Level: String, CaseIterable, Hashable, Sendable {
        case info
        case warning
        case error
    }

    package let level: Level
    package let text: String

    package init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }
}
