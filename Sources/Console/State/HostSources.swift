package import Federation

/// What is known of this host's token sources.
package enum HostSources: Hashable, Sendable {
    /// Nobody wanted to see them yet.
    case unasked
    case asked
    case known(SourceSurvey)

    /// What was found; `nil` while it is not known.
    var survey: SourceSurvey? {
        if case .known(let survey) = self { survey } else { nil }
    }
}
