import Dispatch
import Glibc
import Synchronization

/// Kernel notifications about changed files in a directory.
package enum FileChanges {
    /// Returns a stream of notifications about changed files in a directory.
    ///
    /// The kernel reports the files that any process creates, writes, or moves into the directory. One element of the
    /// stream may represent several changes. A thread waits for the kernel until the stream ends.
    ///
    /// Source: inotify(7).
    ///
    /// - Returns: The stream; `nil` if the kernel cannot watch the directory.
    package static func stream(of directory: String) -> AsyncStream<Void>? {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let watch = inotify_add_watch(descriptor, directory, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
        guard watch >= 0 else {
            close(descriptor)
            return nil
        }
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let state = State()
        // Removing the inotify watch generates an event, and the event ends the thread.
        continuation.onTermination = { _ in
            state.isOpen.withLock { if $0 { inotify_rm_watch(descriptor, watch) } }
        }
        DispatchQueue(label: "file changes").async {
            var events = [UInt8](repeating: 0, count: 4096)
            while read(descriptor, &events, events.count) > 0 {
                if case .terminated = continuation.yield() { break }
            }
            state.isOpen.withLock { isOpen in
                isOpen = false
                close(descriptor)
            }
            // A kernel error must end the stream, so that its reader does not wait forever.
            continuation.finish()
        }
        return stream
    }

    /// Stores whether the descriptor is open, because another file can reuse the number of a closed descriptor.
    private final class State: Sendable {
        let isOpen = Mutex(true)
    }
}
