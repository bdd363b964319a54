package import Federation

/// Something that the console wants done outside itself.
package enum Effect: Hashable, Sendable {
    /// Exchange a mapping's token; steps and result come back with the request.
    case exchange(RoleMapping.ID, Request, Purpose)
    case reloadConfiguration

    // The terminal's.
    case redraw
    case suspend
    case quit
}
