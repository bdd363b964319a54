package import Federation

/// Something that the console wants done outside itself.
package enum Effect: Hashable, Sendable {
    /// Exchange a mapping's token; steps and result come back with the request.
    case exchange(RoleMapping.ID, Request, Purpose)
    /// Throw a mapping's credentials away.
    case forget(RoleMapping.ID)
    /// Put a mapping's credentials on the clipboard, as `export` lines of a shell.
    case copyExports(RoleMapping.ID)
    /// Put a URL that signs in to the AWS console on the clipboard.
    case signIn(RoleMapping.ID)
    /// Find out what is known of a mapping's role and its trust policy; the answer comes back with the request.
    case explain(RoleMapping.ID, Request, issuer: String?, asksClouds: Bool, isFresh: Bool)
    case reloadConfiguration
    /// Look which token sources this host offers.
    case surveySources
    /// Read what both clouds have of what these mappings need.
    case planSetup([RoleMapping.ID], Request)
    /// Make these objects of what the mappings need.
    case applySetup([RoleMapping.ID], [SetupObject.ID], Request)
    /// Check the signature of a mapping's token, if it still is the one with that fingerprint.
    case verifySignature(RoleMapping.ID, fingerprint: String)
    /// Start the embedded lab and take its configuration.
    case openLab
    /// Write a configuration to start from to this file, and take it.
    case writeStarter(path: String)
    /// Try a mapping until it works.
    case watch(RoleMapping.ID)
    /// Give up trying a mapping.
    case endWatch(RoleMapping.ID)
    /// Read a page of the history.
    case readHistory(HistoryPage, Request)
    /// Find the claims to compare those of a mapping with.
    case compare(RoleMapping.ID, ClaimComparison.Source, Request)
    /// Tell somebody who does not look at the screen.
    case announce(Notification)

    // The terminal's.
    /// Put a text that is no secret on the clipboard.
    case copy(String)
    case redraw
    case suspend
    case quit
}
