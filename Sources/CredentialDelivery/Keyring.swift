import CKeyutils
import Federation
package import Foundation

/// The user's keyring in the Linux kernel: memory outside any file system, whose entries expire by themselves.
///
/// Source: keyrings(7), user-keyring(7); the kernel's quota for a user is 200 keys and 20,000 bytes.
package struct Keyring: Sendable {
    /// The prefix of the descriptions of all cambist keys.
    private static let prefix = "cambist:"
    /// The most that a key of type `user` holds.
    private static let largestPayload = 32767
    /// The number of attempts on a full quota, a millisecond apart, after a key was removed.
    private static let attempts = 50

    package init() {}

    /// Returns the payload of an entry; `nil` when it is absent or has expired.
    ///
    /// - Throws: ``KeyringError`` when the kernel refuses.
    package func read(_ name: String) throws(KeyringError) -> Data? {
        let key = ck_find(Self.prefix + name)
        if [-ENOKEY, -EKEYEXPIRED, -EKEYREVOKED].contains(key) { return nil }
        guard key > 0 else { throw KeyringError(errno: -key) }
        return try payload(of: key)
    }

    /// Writes an entry that expires after `life`; on a full quota the entries that expire first are removed.
    ///
    /// - Throws: ``KeyringError`` when the kernel refuses.
    package func write(_ name: String, _ payload: Data, life: Duration) throws(KeyringError) {
        // To the kernel, a timeout of zero means none.
        guard life >= .seconds(1) else { return }
        let seconds = UInt32(clamping: life.wholeSeconds)
        var key = put(name, payload, seconds: seconds)
        while key == -EDQUOT, try removeFirstToExpire() {
            // The kernel counts a removed key for some milliseconds more.
            for _ in 0..<Self.attempts where key == -EDQUOT {
                usleep(1000)
                key = put(name, payload, seconds: seconds)
            }
        }
        guard key > 0 else { throw KeyringError(errno: -key) }
    }

    /// Removes an entry, if present.
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

    /// Removes the cambist entry whose credentials expire first; `false` when there is none.
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
        return String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            .hasPrefix(Self.prefix)
    }
}

/// A refusal of the kernel's keyring.
package struct KeyringError: Error, Hashable, Sendable {
    /// The kernel's error number.
    package let errno: Int32
}

extension KeyringError: CustomStringConvertible {
    package var description: String {
        "The kernel keyring cannot be used: \(String(cString: strerror(errno))). Credentials are not cached."
    }
}
