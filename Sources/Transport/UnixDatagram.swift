package import FoundationEssentials
import Glibc

/// Sends datagrams to Unix sockets, for the protocols of systemd.
package enum UnixDatagram {
    private static let pathSize = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// Returns whether a text is a socket's address: an absolute path, or `@` and a name in the abstract namespace.
    package static func isAddress(_ path: String) -> Bool {
        (path.hasPrefix("/") || path.hasPrefix("@")) && path.utf8.count > 1 && path.utf8.count < pathSize
    }

    /// Sends one datagram to a socket; returns whether it was sent.
    package static func send(_ data: Data, to path: String) -> Bool {
        guard isAddress(path) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let isAbstract = name[0] == UInt8(ascii: "@")
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (index, byte) in name.enumerated() { bytes[index] = byte }
            if isAbstract { bytes[0] = 0 }
        }
        // A path ends with a zero byte. An abstract name ends at the end of the address.
        let end = isAbstract ? name.count : name.count + 1
        let length = socklen_t((MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2) + end)
        let bytes = Array(data)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
        return sent == bytes.count
    }
}
