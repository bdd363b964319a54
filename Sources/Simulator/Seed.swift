import Crypto
import FoundationEssentials

/// The source of the lab's pseudorandom values, such as IDs, secrets, and delays.
///
/// Each value depends only on the seed and a name. Signing keys and certificates do not depend on the seed.
struct Seed: Hashable, Sendable {
    let value: UInt64

    /// Returns the 32 bytes for a name.
    func bytes(_ name: String) -> [UInt8] {
        var hash = SHA256()
        withUnsafeBytes(of: value.bigEndian) { hash.update(bufferPointer: $0) }
        hash.update(data: Data(name.utf8))
        return Array(hash.finalize())
    }

    /// Returns a version 4 GUID in lower case.
    func guid(_ name: String) -> String {
        var bytes = Array(bytes("guid " + name).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }

    /// Returns a number in 0 ..< 1.
    func fraction(_ name: String) -> Double {
        let word = bytes("fraction " + name).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(word >> 11) / Double(1 << 53)
    }

    /// Returns `count` characters (at most 32) from `alphabet` (at most 256 characters).
    func text(_ name: String, count: Int, from alphabet: String) -> String {
        let letters = Array(alphabet)
        return String(bytes("text " + name).prefix(count).map { letters[Int($0) % letters.count] })
    }
}
