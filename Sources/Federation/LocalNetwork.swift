/// The hosts that are this machine or on its own link, which no proxy leads to.
package enum LocalNetwork {
    /// Whether `host`, a name or an address with or without brackets, is loopback or link-local.
    ///
    /// `fd00:ec2::23` counts too: containers on EKS get their credentials from it.
    package static func contains(_ host: String) -> Bool {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if bare == "localhost" || bare == "::1" || bare.hasPrefix("fe80:") || bare == "fd00:ec2::23" {
            return true
        }
        let octets = bare.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4, !octets.contains(nil) else { return false }
        return octets[0] == 127 || octets[0] == 169 && octets[1] == 254
    }
}
