import Foundation
import Synchronization
import Testing

/// A socket that receives datagrams at a path, as a service manager does.
final class DatagramListener: Sendable {
    private let descriptor: Int32
    private let received = Mutex<[String]>([])

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { name in
            for (index, byte) in bytes.enumerated() { name[index] = byte }
        }
        let size = socklen_t(MemoryLayout.size(ofValue: address))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        try #require(status == 0)
    }

    deinit { close(descriptor) }

    /// Waits for a datagram that begins with `beginning`, after those that it skips.
    func receives(_ beginning: String) async throws {
        _ = try await eventually {
            var buffer = [UInt8](repeating: 0, count: 4096)
            var count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            while count > 0 {
                let text = String(decoding: buffer.prefix(count), as: UTF8.self)
                received.withLock { $0.append(text) }
                if text.hasPrefix(beginning) { return true }
                count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            }
            return nil
        } orElse: {
            "No datagram begins with \(beginning): \(received.withLock(\.self))"
        }
    }
}
