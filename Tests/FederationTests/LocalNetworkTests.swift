import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct LocalNetworkTests {
    @Test(arguments: [
        "localhost", "LOCALHOST", "127.0.0.1", "127.255.0.3", "169.254.169.254", "::1", "[::1]",
        "0:0:0:0:0:0:0:1",
        "fe80::1", "[fe80::1%eth0]", "febf::1", "fd00:ec2::23", "[FD00:EC2::23]", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
    ])
    func `loopback and link-local hosts are local`(host: String) {
        #expect(LocalNetwork.contains(host))
    }

    @Test(arguments: [
        "", "[", "[]", "0127.0.0.1", "+127.0.0.1", "127.1", "127.0.0.01", "2130706433", "0x7f.0.0.1",
        "127.0.0.1.",
        "127.0.0.1 ", "127.0.0.1%lo", "١٢٧.0.0.1", "localhost.", "localhost.example", "127.0.0.1.example",
        "fe80:", "fe80:example",
        "fec0::1", "::2", "::1%lo", "fd00:ec2::24", "::127.0.0.1", "::ffff:10.0.0.1", "10.0.0.1",
        "169.253.0.1",
        "example.com",
    ])
    func `other hosts and spellings are not local`(host: String) {
        #expect(!LocalNetwork.contains(host))
    }
}
