/// Finds the known name that is most similar to a misspelled name.
package enum NearestName {
    /// Returns the candidate with the smallest edit distance from `name`; `nil` if none is close.
    ///
    /// An edit inserts, deletes, or replaces a character, or swaps two adjacent characters. The distance may be up to a
    /// third of the length, or 1 for short names. A name over 64 characters is not compared. With more than 200
    /// candidates, no name is compared.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        guard name.count <= 64 else { return nil }
        let candidates = Array(candidates.prefix(201))
        guard candidates.count <= 200 else { return nil }
        let bound = max(1, name.count / 3)
        // The distance is at least the difference of the lengths.
        let distances = candidates.filter { $0.count <= 64 && abs($0.count - name.count) <= bound }.map {
            (name: $0, distance: distance($0.lowercased(), name.lowercased()))
        }
        let best = distances.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return best.flatMap { $0.distance <= bound ? $0.name : nil }
    }

    /// Returns the identifier URI that `uri` misspells; `nil` if none is close.
    ///
    /// Only the parts that differ are compared, because URIs of different applications can have long common parts. A
    /// GUID may differ in two characters.
    package static func ofIdentifierURI(_ uri: String, among candidates: some Sequence<String>) -> String? {
        let candidates = Array(candidates.prefix(201))
        guard candidates.count <= 200 else { return nil }
        let near = candidates.compactMap { candidate -> (name: String, distance: Int)? in
            let (path, other) = differingParts(Array(uri.lowercased()), Array(candidate.lowercased()), ["/"])
            let isGUID = String(path.prefix { $0 != "/" }).isGUID
            let (name, known) = isGUID ? (path, other) : differingParts(path, other, ["/", "-", "_", "."])
            let bound = isGUID ? 2 : max(1, name.count / 3)
            guard max(name.count, known.count) <= 64, abs(name.count - known.count) <= bound else {
                return nil
            }
            let edits = distance(String(name), String(known))
            return edits <= bound ? (name: candidate, distance: edits) : nil
        }
        return near.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Returns both texts without their common words at the beginning and at the end.
    private static func differingParts(
        _ left: [Character],
        _ right: [Character],
        _ separators: Set<Character>
    ) -> ([Character], [Character]) {
        let first = commonLength(left, right, separators)
        let tails = (Array(left.dropFirst(first)), Array(right.dropFirst(first)))
        let last = commonLength(tails.0.reversed(), tails.1.reversed(), separators)
        return (Array(tails.0.dropLast(last)), Array(tails.1.dropLast(last)))
    }

    /// The length of the common words at the beginning of both texts, each with a separator.
    private static func commonLength(
        _ left: [Character],
        _ right: [Character],
        _ separators: Set<Character>
    ) -> Int {
        var length = 0
        for (index, pair) in zip(left, right).enumerated() {
            guard pair.0 == pair.1 else { break }
            if separators.contains(pair.0) { length = index + 1 }
        }
        return length
    }

    /// The optimal string alignment distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var rows = [Array(0...right.count)]
        for (i, character) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var best = min(rows[i][j] + (character == other ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, character == right[j - 1], left[i - 1] == other {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
