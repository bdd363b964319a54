import Foundation

/// Hosts that are this machine or on its own link; plain HTTP and requests past the proxy are for these only.
package enum LocalNetwork {
    /// Whether `host`, a name or an address with or without brackets, is loopback or link-local.
    ///
    /// Only the name `localhost` and what `inet_pton` reads count: other spellings of an address, such as
    /// `0127.0.0.1`, are names, which a resolver may lead anywhere.
    package static func contains(_ host: String) -> Bool {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        return bare.lowercased() == "localhost" || containsAddress(bare)
    }

    /// Whether a numeric address is loopback or link-local: 127.0.0.0/8, 169.254.0.0/16, ::1, fe80::/10, the IPv4 ones
    /// in IPv6 form, and `fd00:ec2::23`, where containers on EKS get their credentials.
    package static func containsAddress(_ address: String) -> Bool {
        if let octets = bytes(of: address, AF_INET, count: 4) { return isLocal(octets[...]) }
        // A zone (`%eth0`) names the link and changes nothing else.
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

    /// `fd00:ec2::23`.
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
