import Dispatch

/// Runs a body that blocks its thread, such as a read of a socket, outside the few threads that all tests share.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: body()) }
    }
}
