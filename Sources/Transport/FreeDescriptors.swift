import Foundation

/// The file descriptors that the process may still open.
///
/// NIO ends the process when an event loop cannot be created, so this is checked before the first one.
package enum FreeDescriptors {
    /// Descriptors that one event loop, its connections and a resolver need.
    package static let required = 16

    /// Verifies that `count` descriptors are free.
    ///
    /// - Throws: ``TransportSetupError/tooFewDescriptors(free:required:)``.
    package static func require(_ count: Int = required) throws(TransportSetupError) {
        let free = free(upTo: count)
        guard free >= count else { throw .tooFewDescriptors(free: free, required: count) }
    }

    /// Counts unused descriptor numbers below the soft limit, up to `count`.
    private static func free(upTo count: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return count }
        let end = Int32(clamping: limit.rlim_cur)
        var free = 0
        var descriptor: Int32 = 0
        while descriptor < end, free < count {
            if fcntl(descriptor, F_GETFD) < 0 { free += 1 }
            descriptor += 1
        }
        return free
    }
}
