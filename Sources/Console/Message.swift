package import Diagnosis
package import Drawing
package import Federation
package import Propagation

package import struct FoundationEssentials.Date

/// An event that changes the console's state.
///
/// The cases are indirect, so that thousands of waiting messages need little memory.
package indirect enum Message: Hashable, Sendable {
    // The terminal and the clock.
    case key(Key)
    case mouse(MouseEvent)
    case resized(Size)
    case ticked(Date)
    /// The terminal reported its background color.
    case backgroundReported(isLight: Bool)

    // The configuration.
    /// A configuration is being prepared; the text names the step.
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
    /// An exchange started that the operator did not request in this console, such as a renewal.
    case exchangeBegan(RoleMapping.ID, Request)
    /// A step of a running exchange ended.
    case stepped(RoleMapping.ID, Request, StepRecord)
    /// An exchange ended.
    case exchanged(Request, ExchangeRecord)
    /// The next automatic action of a mapping changed.
    case planned(RoleMapping.ID, Plan?)
    /// A mapping's role and its trust policy were inspected.
    case explained(RoleMapping.ID, Request, RoleInspection)
    /// The signature of the token with this fingerprint was checked.
    case signatureChecked(fingerprint: String, SignatureFinding)
    /// Reading the claims with which a mapping's claims are compared succeeded or failed.
    case compared(Request, Result<ClaimComparison, HistoryProblem>)

    // Setup.
    /// A plan was read, possibly with unreadable objects, or the read could not start.
    case setupPlanned(Request, Result<SetupPlan, Failure>)
    case setupProgressed(Request, SetupProgress)
    /// An apply ended, possibly with failed objects, and the plan was read again, or the apply could not start.
    case setupApplied(Request, Result<SetupPlan, Failure>)

    // Watches.
    /// A watch started or made an attempt, in this process or another process.
    case watched(StoredWatch, isHere: Bool)
    case watchEnded(Watch)
    /// Watches that ended earlier, the latest last.
    case pastWatchesLoaded([Watch])
    /// The duration of waits for a cause, estimated from past waits.
    case estimated(WatchCause, WaitEstimate)

    // The fleet.
    /// Whether the configuration names a database of the fleet.
    case fleetConfigured(Bool)
    case fleetRead(FleetSnapshot)
    /// Storing a request to a node succeeded or failed.
    case requestedFromNode(FleetMapping.ID, Request, Result<FleetRequest, Failure>)
    /// Reading the last exchanges of a mapping succeeded or failed.
    case fleetHistoryRead(FleetMapping.ID, Request, Result<[ExchangeRecord], Failure>)
    /// Reading the exchange that a request caused succeeded or failed; `nil` if the node has not forwarded the exchange
    /// to the database yet.
    case fleetRecordRead(FleetMapping.ID, Request, Result<ExchangeRecord?, Failure>)

    /// The latest exchanges in the history, the newest first.
    case earlierExchangesLoaded([ExchangeRecord])
    /// Reading a page of the history succeeded or failed.
    case historyRead(Request, Result<[ExchangeRecord], HistoryProblem>)
    /// This host's token sources were checked.
    case surveyed(SourceReportList)
    case transferred(Transfer)
    case noticed(Notice)
}

extension Message {
    /// Whether the message is applied before waiting messages that are not urgent, and on a frozen screen.
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
    /// Whether the action is an attempt of a watch whose cause waiting cannot fix.
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
