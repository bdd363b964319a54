package import Federation

/// What lies over the panel and takes the keys until it is gone.
package enum Overlay: Hashable, Sendable {
    /// The filter of the panel is being typed; `earlier` comes back with Esc.
    case filter(LineEditor, earlier: Filter)
    /// The path of a file is being typed whose claims are to be compared with the mapping's.
    case path(LineEditor, of: RoleMapping.ID)
    case confirmation(Confirmation)
    case menu(Menu)
    case palette(Palette)
    case explanation(ExplanationViewModel)
}
