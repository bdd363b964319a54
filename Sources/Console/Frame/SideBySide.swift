import Drawing

/// Two blocks of lines that stand abreast where it is wide, else one below the other.
struct SideBySide {
    /// Narrower than this they stand one below the other.
    private static let comfort = 110
    private static let gap = 3

    let left: (_ columns: Int) -> [Line]
    let right: (_ columns: Int) -> [Line]
    /// Whether a blank line parts them where they stand one below the other.
    var isParted = true

    func lines(columns: Int) -> [Line] {
        guard columns >= Self.comfort else {
            return left(columns) + (isParted ? [Line()] : []) + right(columns)
        }
        let leftColumns = max(ExchangeDetail.comfortable, columns * 3 / 5) - Self.gap
        let (first, second) = (left(leftColumns), right(columns - leftColumns - Self.gap))
        return (0..<max(first.count, second.count)).map { row in
            let beginning = first.indices.contains(row) ? first[row] : Line()
            guard second.indices.contains(row) else { return beginning }
            let blanks = leftColumns + Self.gap - beginning.columns
            return beginning + Line(String(repeating: " ", count: max(0, blanks))) + second[row]
        }
    }
}
