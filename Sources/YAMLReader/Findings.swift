import Federation

/// The problems found while reading a file.
package struct Findings {
    /// The number of problems kept: a hostile file has one at each of its values.
    static let most = 1000

    package private(set) var problems: [YAMLProblem] = []
    /// The values that name files.
    package private(set) var files: [(element: YAMLElement, name: String)] = []
    private var known: Set<YAMLProblem> = []

    package init() {}

    /// Records a problem at an element, once: values inherited from defaults cause the same one again.
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

    /// Records that a value names a file.
    package mutating func addFile(_ name: String, at element: YAMLElement) {
        files.append((element, name))
    }

    package mutating func add(_ problem: YAMLProblem) {
        guard problems.count < Self.most, known.insert(problem).inserted else { return }
        problems.append(problem)
    }
}

extension Findings {
    /// Records an unknown key, with the known one most like it.
    package mutating func addUnknownKey(_ name: String, at element: YAMLElement, among names: [String]) {
        let guess = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
        add(at: element, found: "an unknown key\(guess)", accepted: names.joined(separator: ", "))
    }
}
