/// Finds the known name that is most similar to a misspelled name.
package enum NearestName {
    /// Returns the candidate with the smallest edit distance from `name`; `nil` if none is close.
    ///
    /// An edit inserts, deletes, or replaces a character, or swaps two adjacent characters. The distance may be up
    /// to a third of the length, or 1 for short names. Names over 64 characters and more than 200 candidates
    /// are not compared.
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
