package import struct Foundation.URL

/// Which requests go through a proxy.
package struct ProxyRoutes: Hashable, Sendable {
    package let proxy: URL?
    /// Hosts and domain suffixes that are reached directly, as `NO_PROXY` lists them; `*` means all.
    package let exceptions: [String]

    package init(proxy: URL? = nil, exceptions: [String] = []) {
        self.proxy = proxy
        self.exceptions = exceptions
    }

    /// Whether a request to `url` goes through the proxy.
    package func usesProxy(for url: URL) -> Bool {
        guard proxy != nil, let host = url.host()?.lowercased(), !Self.isLocal(host) else { return false }
        return !exceptions.contains { exception in
            let suffix = exception.lowercased().drop { $0 == "." }
            return exception == "*" || host == suffix || host.hasSuffix("." + suffix)
        }
    }

    /// Whether a host is this machine or on its link, where proxies have no business.
    package static func isLocal(_ host: String) -> Bool {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if bare == "localhost" || bare == "::1" || bare.hasPrefix("fe80:") || bare == "fd00:ec2::23" {
            return true
        }
        let octets = bare.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4, !octets.contains(nil) else { return false }
        return octets[0] == 127 || octets[0] == 169 && octets[1] == 254
    }
}
