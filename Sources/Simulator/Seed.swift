import Crypto
import Foundation

/// The source of every value that looks random, which makes runs of the lab repeatable.
///
/// Each value depends on the seed and a name only, so the order of concurrent requests cannot
/// change a run.
struct Seed: Hashable, Sendable {
    let value: UInt64

    /// The 32 bytes of a name, always the same ones.
    func bytes(_ name: String) -> [UInt8] {
        var hash = SHA256()
        withUnsafeBytes(of: value.bigEndian) { hash.update(bufferPointer: $0) }
        hash.update(data: Data(name.utf8))
        return Array(hash.finalize())
    }

    /// A version 4 GUID in lower case.
    func guid(_ name: String) -> String {
        var bytes = Array(bytes("guid " + name).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }

    /// A number in 0 ..< 1.
    func fraction(_ name: String) -> Double {
        let word = bytes("fraction " + name).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(word >> 11) / Double(1 << 53)
    }

    /// `count` characters, at most 32, out of `alphabet`, which has at most 256.
    func text(_ name: String, count: Int, from alphabet: String) -> String {
        let letters = Array(alphabet)
        return String(bytes("text " + name).prefix(count).map { letters[Int($0) % letters.count] })
    }
}
