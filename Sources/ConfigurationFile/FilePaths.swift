import Federation

/// Resolves file paths in the configuration, relative to its directory or to the home directory.
struct FilePaths {
    /// The directory of the configuration file; empty for the working directory.
    let directory: String
    let home: String?

    init(configuration path: String, environment: [String: String]) {
        directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        home = environment["HOME"]
    }

    func resolve(_ path: String) -> String {
        if path.hasPrefix("~/"), let home { return home + path.dropFirst() }
        return path.hasPrefix("/") ? path : directory + path
    }

    func resolve(_ settings: TokenSourceSettings) -> TokenSourceSettings {
        var settings = settings
        settings.secretFile = settings.secretFile.map(resolve)
        settings.certificateFile = settings.certificateFile.map(resolve)
        settings.tokenFile = settings.tokenFile.map(resolve)
        return settings
    }
}
