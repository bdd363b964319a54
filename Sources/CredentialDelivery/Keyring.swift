import CKeyutils
import Federation
package import FoundationEssentials
import Glibc

/// The user keyring of the Linux kernel: storage in memory, with entries that expire automatically.
///
/// Source: keyrings(7), user-keyring(7); the kernel's default quota per user is 200 keys and 20,000 bytes.
package struct Keyring: Sendable {
    /// The prefix of the descriptions of all keys that cambist creates.
    private static let prefix = "cambist:"
    /// The maximum payload of a key of type `user`, in bytes.
    private static let largestPayload = 32767
    /// The maximum number of attempts, 1 ms apart, to write an entry after the removal of a key.
    private static let attempts = 50

    package init() {}

    /// Returns the payload of an entry; `nil` if the entry does not exist or has expired.
    ///
    /// - Throws: ``KeyringError`` if the kernel refuses.
    package func read(_ name: String) throws(KeyringError) -> Data? {
        let key = ck_find(Self.prefix + name)
        if [-ENOKEY, -EKEYEXPIRED, -EKEYREVOKED].contains(key) { return nil }
        guard key > 0 else { throw KeyringError(errno: -key) }
        return try payload(of: key)
    }

    /// Writes an entry that expires after `life`; writes nothing if `life` is less than one second.
    ///
    /// While the quota is exceeded, removes cambist's entry whose credentials expire first.
    ///
    /// - Throws: ``KeyringError`` if the kernel refuses.
    package func write(_ name: String, _ payload: Data, life: Duration) throws(KeyringError) {
        // The kernel interprets a timeout of zero as no timeout.
        guard life >= .seconds(1) else { return }
        let seconds = UInt32(clamping: life.wholeSeconds)
        var key = put(name, payload, seconds: seconds)
        while key == -EDQUOT, try removeFirstToExpire() {
            // A removed key counts toward the quota for a few more milliseconds.
            for _ in 0..<Self.attempts where key == -EDQUOT {
                usleep(1000)
                key = put(name, payload, seconds: seconds)
            }
        }
        guard key > 0 else { throw KeyringError(errno: -key) }
    }

    /// Removes an entry, if it exists.
    ///
    /// - Throws: ``KeyringError`` if the kernel refuses.
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

    /// Removes cambist's entry whose credentials expire first; returns whether the entry was removed.
    private func removeFirstToExpire() throws(KeyringError) -> Bool {
        var keys = [Int32](repeating: 0, count: 1024)
        let count = ck_list(&keys, keys.count)
        guard count >= 0 else { throw KeyringError(errno: Int32(-count)) }
        let own = keys.prefix(Int(min(count, 1024))).filter(isOwn)
        let ends = try own.map { key throws(KeyringError) in
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

    private func isOwn(_ key: Int32) -> Bool {
        var text = [CChar](repeating: 0, count: 512)
        let length = ck_describe(key, &text, text.count)
        guard length > 0 else { return false }
        return String(decoding: text.prefix(Int(length)).map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
            .hasPrefix(Self.prefix)
    }
}

/// An error of the kernel keyring.
package struct KeyringError: Error, Hashable, Sendable {
    /// The kernel's error code.
    package let errno: Int32
}

extension KeyringError: CustomStringConvertible {
    package var description: String {
        "The kernel keyring cannot be used: \(String(cString: strerror(errno))). Credentials are not cached."
    }
}
