import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite(.limited) struct ProxyRoutesTests {
    private let routes = ProxyRoutes(
        proxy: URL(string: "http://proxy.example:3128"),
        exceptions: ["internal.example", ".corp.example", "10.1.2.3"]
    )

    @Test(arguments: [
        ("https://sts.eu-west-1.amazonaws.com/", true),
        ("https://login.microsoftonline.com/", true),
        ("https://10.1.2.4/", true),
        ("https://notinternal.example/", true),
        ("https://internal.example/", false),
        ("https://INTERNAL.example:8443/", false),
        ("https://sub.internal.example/", false),
        ("https://a.corp.example/", false),
        ("https://10.1.2.3/", false),
        ("http://169.254.169.254/metadata", false),
        ("http://169.255.1.1/", true),
        ("http://127.0.0.1:8080/", false),
        ("http://127.8.9.10/", false),
        ("http://localhost:40342/", false),
        ("http://LOCALHOST/", false),
        ("http://[::1]:80/", false),
        ("http://[fe80::1]/", false),
        ("http://[fd00:ec2::23]/", false),
        ("http://[2001:db8::1]/", true),
        ("http://localhost.example/", true),
    ])
    func `loopback, link-local, and excluded hosts are reached directly`(address: String, isProxied: Bool)
        throws
    {
        let url = try #require(URL(string: address))
        #expect(routes.usesProxy(for: url) == isProxied)
    }

    @Test func `a star excludes all hosts from the proxy`() throws {
        let url = try #require(URL(string: "https://sts.amazonaws.com/"))
        #expect(!ProxyRoutes(proxy: routes.proxy, exceptions: ["*"]).usesProxy(for: url))
    }

    @Test func `an empty exception excludes no host`() throws {
        let url = try #require(URL(string: "https://sts.amazonaws.com/"))
        #expect(ProxyRoutes(proxy: routes.proxy, exceptions: ["", "."]).usesProxy(for: url))
    }

    @Test func `without a proxy, every host is reached directly`() throws {
        let url = try #require(URL(string: "https://sts.amazonaws.com/"))
        #expect(!ProxyRoutes().usesProxy(for: url))
    }
}
