import Foundation

/// What the kernel tells of the files of a directory.
package enum FileChanges {
    /// An element after files were written, by whichever process; several changes may be told as one.
    ///
    /// A thread waits for the kernel until the stream is let go.
    ///
    /// Source: inotify(7).
    ///
    /// - Returns: `nil` where there is no such directory, or the kernel watches no more of them.
    package static func stream(of directory: String) -> AsyncStream<Void>? {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let watch = inotify_add_watch(descriptor, directory, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
        guard watch >= 0 else {
            close(descriptor)
            return nil
        }
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        // That the watch is taken away is told as well, and ends the thread.
        continuation.onTermination = { _ in inotify_rm_watch(descriptor, watch) }
        Thread.detachNewThread {
            var events = [UInt8](repeating: 0, count: 4096)
            while read(descriptor, &events, events.count) > 0 {
                if case .terminated = continuation.yield() { break }
            }
            close(descriptor)
        }
        return stream
    }
}
