package import Diagnosis
package import Drawing
package import Federation
package import Propagation

package import struct FoundationEssentials.Date

/// An event that changes the console's state.
///
/// The cases are indirect to save memory while thousands of messages wait.
package indirect enum Message: Hashable, Sendable {
    // The terminal and the clock.
    case key(Key)
    case mouse(MouseEvent)
    case resized(Size)
    case ticked(Date)
    case backgroundReported(isLight: Bool)

    // The configuration.
    /// A configuration is being prepared; the text describes the step.
    case opening(String)
    /// No configuration exists; the path is its default location.
    case unconfigured(path: String)
    /// Discovery proposes these mappings.
    case proposed(ProposedConfiguration)
    /// A configuration was loaded; `origin` is the file's name, as the header shows it.
    case configured(Configuration, origin: String)
    /// The configuration has these errors, so the previous configuration stays in use.
    case configurationRefused([String])
    /// A signal requests a reload.
    case reloadRequested

    // Exchanges.
    /// An exchange started without a request of this console's operator (for example, a renewal).
    case exchangeBegan(RoleMapping.ID, Request)
    case stepped(RoleMapping.ID, Request, StepRecord)
    case exchanged(Request, ExchangeRecord)
    /// The next automatic action of a mapping changed.
    case planned(RoleMapping.ID, Plan?)
    /// A mapping's role and its trust policy were inspected.
    case explained(RoleMapping.ID, Request, RoleInspection)
    case signatureChecked(fingerprint: String, SignatureFinding)
    /// The claims for a comparison were read, or could not be read.
    case compared(Request, Result<ClaimComparison, HistoryProblem>)

    // Setup.
    /// A plan was read, or the read failed; a plan can contain unreadable objects.
    case setupPlanned(Request, Result<SetupPlan, Failure>)
    case setupProgressed(Request, SetupProgress)
    /// A plan was applied and read again, or could not be applied; a plan can contain failed objects.
    case setupApplied(Request, Result<SetupPlan, Failure>)

    // Watches.
    /// A watch started or made an attempt, in this process or another process.
    case watched(StoredWatch, isHere: Bool)
    case watchEnded(Watch)
    /// Watches that ended earlier, the latest last.
    case pastWatchesLoaded([Watch])
    /// The estimated duration of a wait for a cause, from past waits.
    case estimated(WatchCause, WaitEstimate)

    // The fleet.
    /// Whether the configuration contains a database for the fleet.
    case fleetConfigured(Bool)
    case fleetRead(FleetSnapshot)
    /// A request to a node was stored, or could not be stored.
    case requestedFromNode(FleetMapping.ID, Request, Result<FleetRequest, Failure>)
    /// The last exchanges of a mapping were read, or could not be read.
    case fleetHistoryRead(FleetMapping.ID, Request, Result<[ExchangeRecord], Failure>)
    /// The exchange for a request was read, or could not be read; `nil` until the node forwards the exchange.
    case fleetRecordRead(FleetMapping.ID, Request, Result<ExchangeRecord?, Failure>)

    /// The latest exchanges in the history, the newest first.
    case earlierExchangesLoaded([ExchangeRecord])
    case historyRead(Request, Result<[ExchangeRecord], HistoryProblem>)
    /// This host's token sources were checked.
    case surveyed(SourceReportList)
    case transferred(Transfer)
    case noticed(Notice)
}

extension Message {
    /// Whether the message is applied before messages that are not urgent, and even on a frozen screen.
    package var isUrgent: Bool {
        switch self {
        case .key, .mouse, .resized, .backgroundReported, .reloadRequested, .noticed: true
        default: false
        }
    }
}

/// The next automatic action of a mapping.
package struct Plan: Hashable, Sendable {
    package enum Action: String, CaseIterable, Hashable, Sendable {
        case renewal
        case retry
        /// The next attempt of a watch.
        case attempt
    }

    package let action: Action
    package let at: Date
    /// Whether the action is an attempt of a blocked watch (a watch of a cause that waiting cannot fix).
    package let isBlocked: Bool

    package init(action: Action, at: Date, isBlocked: Bool = false) {
        self.action = action
        self.at = at
        self.isBlocked = isBlocked
    }
}

/// A message that replaces the keys in the footer, at most until the next key press or mouse event.
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
