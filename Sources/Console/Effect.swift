package import Federation

/// An action that the console requests from the runtime.
package enum Effect: Hashable, Sendable {
    /// Exchanges a mapping's token; each resulting message contains the request.
    case exchange(RoleMapping.ID, Request, Purpose)
    case dropCredentials(RoleMapping.ID)
    /// Copies a mapping's credentials to the clipboard as shell `export` lines.
    case copyExports(RoleMapping.ID)
    /// Copies a URL that signs in to the AWS console to the clipboard.
    case signIn(RoleMapping.ID)
    /// Inspects a mapping's role and its trust policy; the result contains the request.
    ///
    /// `issuer` is the issuer of the mapping's last token. Without `asksClouds`, only the mapping's
    /// `trust_policy_file`, if any, is read. With `isFresh`, a cached inspection is ignored.
    case explain(RoleMapping.ID, Request, issuer: String?, asksClouds: Bool, isFresh: Bool)
    case reloadConfiguration
    /// Opens the configuration at a mapping in the operator's editor, and afterwards reloads the configuration.
    case edit(RoleMapping.ID?)
    /// Checks which token sources this host offers.
    case surveySources
    /// Reads the objects in both clouds that mappings need.
    case planSetup([RoleMapping.ID], Request)
    /// Creates or changes objects as shown in an approved plan.
    case applySetup([RoleMapping.ID], SetupPlan, [SetupObject.ID], Request)
    /// Checks the signature of the token with this fingerprint, if the source still returns this token.
    case verifySignature(RoleMapping.ID, fingerprint: String)
    /// Starts the lab and loads its configuration.
    case openLab
    /// Reads both clouds, and proposes mappings for this configuration file.
    case discover(path: String)
    /// Writes the proposed mappings to this configuration file and loads the file.
    case addProposals(path: String)
    /// Writes a starter configuration to this file and loads the file.
    case writeStarter(path: String)
    /// Starts a watch, which retries a mapping.
    case watch(RoleMapping.ID)
    case endWatch(RoleMapping.ID)
    case readHistory(HistoryPage, Request)
    /// Finds the claims for a comparison with a mapping's claims.
    case compare(RoleMapping.ID, ClaimComparison.Source, Request)
    /// Requests an operation on a mapping from its node, through the fleet's database.
    case requestFromNode(FleetRequest.Verb, FleetMapping.ID, Request)
    /// Reads the exchange that a request to a node caused.
    case readFleetRecord(FleetRecordID, FleetMapping.ID, Request)
    /// Reads the last exchanges of a node's mapping.
    case readFleetHistory(FleetMapping.ID, Request)
    /// Notifies the operator outside the screen: by the bell, OSC 9, or a command, as configured.
    case announce(Notification)

    // Terminal effects.
    /// Copies a text without secrets to the clipboard; the notice contains the label.
    case copy(String, label: String)
    /// Asks the terminal for its background color.
    case requestBackground
    case redraw
    case suspend
    case quit
}

/// The number of a request; its result has the same number.
package struct Request: Hashable, Sendable, Comparable {
    package let number: Int

    package init(number: Int) {
        self.number = number
    }

    /// The request of work that the operator did not start, such as a renewal; the result is never outdated.
    package static let background = Request(number: 0)
    /// The request of a test that another operator of the fleet requested; the result is never outdated.
    package static let backgroundTest = Request(number: -1)

    package static func < (left: Request, right: Request) -> Bool {
        left.number < right.number
    }
}

/// The purpose of an exchange.
package enum Purpose: String, CaseIterable, Hashable, Sendable {
    /// Obtains credentials for use.
    case refresh
    /// Runs the steps of an exchange without keeping the credentials.
    case test
}
