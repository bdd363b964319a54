/// How many colours a terminal shows.
package enum ColorDepth: Int, CaseIterable, Hashable, Sendable {
    case none = 0
    case eight = 8
    case sixteen = 16
    case full = 256
}

/// A colour of the 256-colour palette: 0–15 the terminal's own, 16–231 a cube, 232–255 greys.
package struct Color: Hashable, Sendable {
    package let index: UInt8

    package init(_ index: UInt8) {
        self.index = index
    }
}

extension Color {
    /// The nearest colour of a smaller palette; `nil` when there is none.
    func reduced(to depth: ColorDepth) -> Color? {
        switch depth {
        case .full: return self
        case .none: return nil
        case .eight, .sixteen: break
        }
        if Int(index) < depth.rawValue { return self }
        let candidates = UInt8(0)..<UInt8(depth.rawValue)
        return candidates.min { distance(to: Color($0)) < distance(to: Color($1)) }.map(Color.init)
    }

    private func distance(to other: Color) -> Int {
        zip(components, other.components).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// Red, green and blue, 0–255, as xterm has them.
    private var components: [Int] {
        let value = Int(index)
        switch value {
        case 0..<16: return Self.named[value]
        case 16..<232:
            return [(value - 16) / 36, (value - 16) / 6 % 6, (value - 16) % 6].map {
                $0 == 0 ? 0 : 55 + 40 * $0
            }
        default:
            let grey = 8 + 10 * (value - 232)
            return [grey, grey, grey]
        }
    }

    private static let named: [[Int]] = [
        [0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0], [0, 0, 238], [205, 0, 205], [0, 205, 205],
        [229, 229, 229], [127, 127, 127], [255, 0, 0], [0, 255, 0], [255, 255, 0], [92, 92, 255],
        [255, 0, 255], [0, 255, 255], [255, 255, 255],
    ]
}
