import CKeyutils
import Federation
package import Foundation

/// The user's keyring in the Linux kernel: memory that no file system sees, whose entries end by themselves.
///
/// Source: keyrings(7), user-keyring(7); the kernel's quota for a user is 200 keys and 20,000 bytes.
package struct Keyring: Sendable {
    /// What the descriptions of all our keys begin with.
    private static let prefix = "cambist:"
    /// The most that a key of type `user` holds.
    private static let largestPayload = 32767
    /// How often a full quota is tried again, a millisecond apart, after a key was removed.
    private static let patience = 50

    package init() {}

    /// The payload of an entry; `nil` when there is none, or no more.
    ///
    /// - Throws: ``KeyringError`` when the kernel refuses.
    package func read(_ name: String) throws(KeyringError) -> Data? {
        let key = ck_find(Self.prefix + name)
        if [-ENOKEY, -EKEYEXPIRED, -EKEYREVOKED].contains(key) { return nil }
        guard key > 0 else { throw KeyringError(errno: -key) }
        return try payload(of: key)
    }

    /// Puts an entry that ends after `life`; on a full quota the entries that end first make room.
    ///
    /// - Throws: ``KeyringError`` when the kernel refuses.
    package func write(_ name: String, _ payload: Data, life: Duration) throws(KeyringError) {
        // The kernel takes no life for one without an end.
        guard life >= .seconds(1) else { return }
        let seconds = UInt32(clamping: life.components.seconds)
        var key = put(name, payload, seconds: seconds)
        while key == -EDQUOT, try removeFirstToEnd() {
            // The kernel counts a removed key for some milliseconds more.
            for _ in 0..<Self.patience where key == -EDQUOT {
                usleep(1000)
                key = put(name, payload, seconds: seconds)
            }
        }
        guard key > 0 else { throw KeyringError(errno: -key) }
    }

    /// Removes an entry, if there is one.
    ///
    /// - Throws: ``KeyringError`` when the kernel refuses.
    package func remove(_ name: String) throws(KeyringError) {
        let key = ck_find(Self.prefix + name)
        guard key > 0 else { return }
        let result = ck_remove(key)
        guard result >= 0 else { throw KeyringError(errno: Int32(-result)) }
    }

    private func put(_ name: String, _ payload: Data, seconds: UInt32) -> Int32 {
        payload.withUnsafeBytes { ck_put(Self.prefix + name, $0.baseAddress, $0.count, seconds) }
    }

    private func payload(of key: Int32) throws(KeyringError) -> Data? {
        var buffer = [UInt8](repeating: 0, count: Self.largestPayload)
        let length = ck_read(key, &buffer, buffer.count)
        if [-Int64(EKEYEXPIRED), -Int64(ENOKEY)].contains(length) { return nil }
        guard length >= 0 else { throw KeyringError(errno: Int32(-length)) }
        return Data(buffer.prefix(Int(length)))
    }

    /// Removes that entry of ours whose credentials end first; `false` when none of the keys is ours.
    private func removeFirstToEnd() throws(KeyringError) -> Bool {
        var keys = [Int32](repeating: 0, count: 1024)
        let count = ck_list(&keys, keys.count)
        guard count >= 0 else { throw KeyringError(errno: Int32(-count)) }
        let ours = keys.prefix(Int(min(count, 1024))).filter(isOurs)
        let ends = try ours.map { key throws(KeyringError) in
            (
                key: key,
                end: try payload(of: key).flatMap(StoredCredentials.expiration(in:))
            )
        }
        guard let first = ends.min(by: { $0.end ?? .distantPast < $1.end ?? .distantPast }) else {
            return false
        }
        return ck_remove(first.key) >= 0
    }

    private func isOurs(_ key: Int32) -> Bool {
        var text = [CChar](repeating: 0, count: 512)
        let length = ck_describe(key, &text, text.count)
        guard length > 0 else { return false }
        return String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            .hasPrefix(Self.prefix)
    }
}

/// Why the kernel's keyring cannot be used.
package struct KeyringError: Error, Hashable, Sendable {
    /// The kernel's error number.
    package let errno: Int32
}

extension KeyringError: CustomStringConvertible {
    package var description: String {
        "The kernel keyring cannot be used: \(String(cString: strerror(errno))). Credentials are not cached."
    }
}
