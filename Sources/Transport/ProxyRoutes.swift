import Federation

package import struct FoundationEssentials.URL

/// The proxy and the hosts that bypass it.
package struct ProxyRoutes: Hashable, Sendable {
    package let proxy: URL?
    /// The hosts and domain suffixes that bypass the proxy, in the format of `NO_PROXY`; `*` matches all hosts.
    package let exceptions: [String]

    package init(proxy: URL? = nil, exceptions: [String] = []) {
        self.proxy = proxy
        self.exceptions = exceptions
    }

    /// Whether a request to `url` uses the proxy.
    package func usesProxy(for url: URL) -> Bool {
        guard proxy != nil, let host = url.host()?.lowercased(), !LocalNetwork.contains(host) else {
            return false
        }
        return !exceptions.contains { exception in
            let suffix = exception.lowercased().drop { $0 == "." }
            return exception == "*" || host == suffix || host.hasSuffix("." + suffix)
        }
    }
}
