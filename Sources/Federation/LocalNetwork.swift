import FoundationEssentials
import Glibc

/// Loopback and link-local hosts, for the rules on plain HTTP and on the proxy.
package enum LocalNetwork {
    /// Whether a host name or address, with or without brackets, is `localhost` or satisfies ``containsAddress(_:)``.
    ///
    /// Only the name `localhost` and addresses that `inet_pton` accepts qualify. Other spellings of an
    /// address, such as `0127.0.0.1`, are treated as names, which a resolver may map to any address.
    package static func contains(_ host: String) -> Bool {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        return bare.lowercased() == "localhost" || containsAddress(bare)
    }

    /// Whether a numeric address is loopback, link-local, or the address of EKS Pod Identity.
    ///
    /// The addresses are 127.0.0.0/8, 169.254.0.0/16, ::1, fe80::/10, the IPv4 ranges in IPv4-mapped form, and
    /// `fd00:ec2::23`, the credential endpoint of EKS Pod Identity.
    package static func containsAddress(_ address: String) -> Bool {
        if let octets = bytes(of: address, AF_INET, count: 4) { return isLocal(octets[...]) }
        // A zone (`%eth0`) selects the interface and does not change the address.
        let (numeric, zone) = address.splitOnce(at: "%")
        guard let bytes = bytes(of: numeric, AF_INET6, count: 16) else { return false }
        let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        guard zone == nil else { return isLinkLocal }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isLocal(bytes[12...])
        }
        let isLoopback = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        return isLinkLocal || isLoopback || bytes == Self.podIdentityAgent
    }

    /// The EKS Pod Identity Agent, `fd00:ec2::23`.
    private static let podIdentityAgent: [UInt8] =
        [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23]

    private static func isLocal(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.first == 127 || octets.starts(with: [169, 254])
    }

    private static func bytes(of address: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, address, &bytes) == 1 ? bytes : nil
    }
}

extension String {
    fileprivate func splitOnce(at separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}
