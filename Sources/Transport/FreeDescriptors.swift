import Foundation

/// The number of file descriptors that the process may still open.
///
/// NIO terminates the process if it cannot create an event loop, so the number is checked before the first one is
/// created.
package enum FreeDescriptors {
    /// The number of descriptors needed by one event loop, its connections, and a resolver.
    package static let required = 16

    /// Verifies that `count` more descriptors can be opened.
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
