import FoundationEssentials

/// The number of colors that a terminal supports.
package enum ColorDepth: Int, CaseIterable, Hashable, Sendable {
    case none = 0
    case eight = 8
    case sixteen = 16
    case full = 256
}

/// A color in the 256-color palette, with a substitute among the first 16 colors.
///
/// Indices 0–15 are the terminal's named colors, 16–231 form a color cube, and 232–255 are grays.
package struct Color: Hashable, Sendable {
    package let index: UInt8
    /// The index of the substitute, below 16.
    let basic: UInt8

    package init(_ index: UInt8, basic: UInt8? = nil) {
        self.index = index
        self.basic = min(15, basic ?? Self.nearest(to: Self.components(of: index), among: 0..<16))
    }

    /// Parses `red`, `bright-red`, `0`…`255`, or `#rrggbb`; returns `nil` for other text.
    ///
    /// `#rrggbb` becomes the nearest color with an index from 16.
    package init?(_ text: String) {
        if text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let index = UInt8(text) {
            self.init(index)
        } else if let name = Self.names.firstIndex(of: text) {
            self.init(UInt8(name))
        } else if text.hasPrefix(Self.brightPrefix),
            let name = Self.names.firstIndex(of: String(text.dropFirst(Self.brightPrefix.count)))
        {
            self.init(UInt8(name + Self.names.count))
        } else if text.hasPrefix("#"), text.utf8.count == 7, text.dropFirst().allSatisfy(\.isHexDigit),
            let value = Int(text.dropFirst(), radix: 16)
        {
            let components = [value >> 16, value >> 8 & 0xFF, value & 0xFF]
            self.init(Self.nearest(to: components, among: 16..<256))
        } else {
            return nil
        }
    }

    /// The names of the first eight colors; the names of the next eight have the prefix `bright-`.
    package static let names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

    private static let brightPrefix = "bright-"

    private static func nearest(to components: [Int], among palette: Range<Int>) -> UInt8 {
        func distance(_ index: Int) -> Int {
            zip(components, Self.components(of: UInt8(index))).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
        }
        return UInt8(palette.min { distance($0) < distance($1) } ?? 0)
    }

    /// The red, green, and blue components in xterm, 0–255.
    private static func components(of index: UInt8) -> [Int] {
        let value = Int(index)
        switch value {
        case 0..<16:
            return firstSixteen[value]
        case 16..<232:
            return [(value - 16) / 36, (value - 16) / 6 % 6, (value - 16) % 6].map {
                $0 == 0 ? 0 : 55 + 40 * $0
            }
        default:
            let gray = 8 + 10 * (value - 232)
            return [gray, gray, gray]
        }
    }

    private static let firstSixteen: [[Int]] = [
        [0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0], [0, 0, 238], [205, 0, 205], [0, 205, 205],
        [229, 229, 229], [127, 127, 127], [255, 0, 0], [0, 255, 0], [255, 255, 0], [92, 92, 255],
        [255, 0, 255], [0, 255, 255], [255, 255, 255],
    ]
}
