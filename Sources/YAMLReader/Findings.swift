import Federation

/// The problems in a file, and the values that are file names.
package struct Findings: Sendable {
    /// The maximum number of recorded problems; a malicious file can have a problem in every value.
    static let maximumCount = 1000

    package private(set) var problems: [YAMLProblem] = []
    /// The values that are file names.
    package private(set) var files: [(element: YAMLElement, name: String)] = []
    private var recorded: Set<YAMLProblem> = []

    package init() {}

    /// Whether the maximum is reached; callers need not describe further problems.
    package var isFull: Bool { problems.count >= Self.maximumCount }

    /// Records a problem, unless an identical problem is already recorded.
    ///
    /// Several entries can inherit one invalid value. Each entry reports the problem.
    package mutating func add(
        at element: YAMLElement,
        found: String? = nil,
        accepted: String,
        severity: YAMLProblem.Severity = .error
    ) {
        add(
            YAMLProblem(
                place: element.place,
                keyPath: element.path.description,
                found: found ?? element.found,
                accepted: accepted,
                severity: severity
            )
        )
    }

    /// Records a value that is a file name.
    package mutating func addFile(_ name: String, at element: YAMLElement) {
        files.append((element, name))
    }

    /// Adds the findings of a later part of the file.
    package mutating func add(_ part: Self) {
        for problem in part.problems { add(problem) }
        files += part.files
    }

    package mutating func add(_ problem: YAMLProblem) {
        guard !isFull, recorded.insert(problem).inserted else { return }
        problems.append(problem)
    }
}

extension Findings {
    /// Records an unknown key, with a suggestion if a known key is similar.
    package mutating func addUnknownKey(_ name: String, at element: YAMLElement, among names: [String]) {
        guard !isFull else { return }
        let guess = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
        add(at: element, found: "an unknown key\(guess)", accepted: names.joined(separator: ", "))
    }
}
