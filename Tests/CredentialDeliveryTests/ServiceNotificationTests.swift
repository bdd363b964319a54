import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

@Suite(.limited)
struct ServiceNotificationTests {
    /// A datagram socket that receives as systemd does.
    private struct Receiver: ~Copyable {
        let descriptor: Int32

        init(_ name: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(name.utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { path in
                for (index, byte) in bytes.enumerated() { path[index] = byte == UInt8(ascii: "@") ? 0 : byte }
            }
            let size = socklen_t(2 + bytes.count + (name.hasPrefix("@") ? 0 : 1))
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            try #require(status == 0)
        }

        deinit { close(descriptor) }

        func next() -> String {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
    }

    private static let path = FileManager.default.temporaryDirectory.appendingPathComponent(
        "n\(UUID().uuidString.prefix(8))"
    ).path

    @Test(arguments: [path, "@cambist-test-\(UUID().uuidString)"])
    func `states arrive at a socket with a path and at an abstract socket`(name: String) throws {
        let receiver = try Receiver(name)
        let notification = try #require(ServiceNotification(variables: ["NOTIFY_SOCKET": name]))
        #expect(notification.send(.ready, .status("serving\n5 mappings")))
        #expect(receiver.next() == "READY=1\nSTATUS=serving 5 mappings")
        #expect(notification.send(.reloading))
        #expect(receiver.next().wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=[0-9]+/) != nil)
        #expect(notification.send(.watchdog) && notification.send(.stopping))
        #expect(receiver.next() == "WATCHDOG=1")
        #expect(receiver.next() == "STOPPING=1")
        if !name.hasPrefix("@") { unlink(name) }
    }

    @Test func `a missing socket is not an error`() throws {
        let notification = try #require(ServiceNotification(variables: ["NOTIFY_SOCKET": "/nowhere/socket"]))
        #expect(!notification.send(.ready))
    }

    @Test(arguments: ["", "relative", "@", "vsock:2:1", String(repeating: "/x", count: 200)])
    func `an address of another kind is ignored`(address: String) {
        #expect(ServiceNotification(variables: ["NOTIFY_SOCKET": address]) == nil)
        #expect(ServiceNotification(variables: [:]) == nil)
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "60000000"], Duration.seconds(30)),
        (["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"], Duration.seconds(30)),
        (["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"], nil),
        (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "-1"], nil), (["WATCHDOG_USEC": "x"], nil),
        ([:], nil),
    ])
    func `the watchdog is notified twice per time limit`(variables: [String: String], interval: Duration?) {
        let all = variables.merging(["NOTIFY_SOCKET": "/run/notify"]) { $1 }
        #expect(ServiceNotification(variables: all, process: 7)?.watchdogInterval == interval)
    }
}
