import DequeModule
import Drawing

/// The groups of a list's entries; a `position` is the position of an entry in stored order.
struct ListGroups: Hashable, Sendable {
    /// The column whose values are the names of the groups; `nil` without groups.
    let column: String?
    /// The names of the folded groups; only the first entry of each folded group is visible.
    private(set) var folded: Set<String> = []
    /// The names of the groups and, for each group, the number of entries that pass the filter.
    private var names: [String] = []
    private var counts: [Int] = []
    /// The rank of each entry's group among all groups.
    private var ranks: [Int] = []

    init(by column: String? = nil) {
        self.column = column
    }

    /// Whether the list has no groups.
    var isEmpty: Bool { ranks.isEmpty }

    /// The width of the widest title, with fold mark and count, in terminal columns.
    ///
    /// The name in a title counts as at most 30 columns.
    var columns: Int {
        zip(names, counts).reduce(0) { max($0, $1.0.columns(upTo: 30) + "\($1.1)".count + 3) }
    }

    /// Ranks the groups of all entries.
    ///
    /// - Parameter entryNames: The name of each entry's group; empty without groups.
    mutating func rank(_ entryNames: [String]) {
        ranks = TextRanks.ranks(of: entryNames)
        names = Array(repeating: "", count: (ranks.max() ?? -1) + 1)
        for (rank, name) in zip(ranks, entryNames) { names[rank] = name }
        counts = Array(repeating: 0, count: names.count)
    }

    /// Returns the rank of an entry's group; 0 without groups.
    func rank(at position: Int) -> Int {
        ranks.isEmpty ? 0 : ranks[position]
    }

    func name(at position: Int) -> String {
        names[ranks[position]]
    }

    /// Returns the number of entries in an entry's group that pass the filter.
    func count(at position: Int) -> Int {
        counts[ranks[position]]
    }

    mutating func toggleFold(of name: String) {
        if folded.remove(name) == nil { folded.insert(name) }
    }

    /// Folds all groups, or unfolds them when all are folded.
    mutating func toggleAllFolds() {
        folded = folded.isSuperset(of: names) ? [] : Set(names)
    }

    /// Counts the entries of each group.
    ///
    /// ``ListModel`` assigns the numbers to the entries.
    ///
    /// - Parameters:
    ///   - numbers: The numbers of the entries that pass the filter.
    ///   - first: The number of the entry at position 0.
    /// - Returns: The numbers of the entries to show; of each folded group, only the first number.
    mutating func count(_ numbers: some Sequence<Int>, from first: Int) -> Deque<Int> {
        counts = Array(repeating: 0, count: names.count)
        let isFolded = names.map(folded.contains)
        var shown: Deque<Int> = []
        for number in numbers {
            let rank = ranks[number - first]
            counts[rank] += 1
            if !isFolded[rank] || counts[rank] == 1 { shown.append(number) }
        }
        return shown
    }
}
