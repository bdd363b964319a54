import Foundation
import Operations

/// The limit of open files, which the libraries below assume to be sufficient.
enum DescriptorLimit {
    /// The fewest descriptors that a command needs: event loops, connections, history, log.
    private static let fewest: rlim_t = 64
    private static let wanted: rlim_t = 256

    /// Raises the soft limit as far as needed and allowed.
    ///
    /// - Throws: ``CommandFailure`` when the hard limit is too low.
    static func require() throws(CommandFailure) {
        var limits = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limits) == 0, limits.rlim_cur < wanted else { return }
        let found = limits.rlim_cur
        limits.rlim_cur = min(wanted, limits.rlim_max)
        if limits.rlim_cur > found, setrlimit(kind, &limits) != 0 { limits.rlim_cur = found }
        guard limits.rlim_cur < fewest else { return }
        throw CommandFailure(
            .ourFault,
            code: "descriptors",
            "This process may open \(limits.rlim_cur) files; at least \(fewest) are needed.",
            fix: "Raise the limit: ulimit -n 256"
        )
    }
}
