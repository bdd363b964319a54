import Drawing
package import Federation

/// A view over the panel that receives the keys while it is open.
package enum Overlay: Hashable, Sendable {
    /// Edits the panel's filter; Esc restores the earlier filter.
    case filter(LineEditor, earlier: Filter)
    /// Edits the path of a file with claims to compare.
    case path(LineEditor, of: RoleMapping.ID)
    case confirmation(Confirmation)
    case menu(Menu)
    case palette(Palette)
}

/// The mappings that discovery proposes for the configuration.
package struct ProposedConfiguration: Hashable, Sendable {
    /// The path of the configuration file.
    package let path: String
    package let mappings: [RoleMapping.ID]
    /// The lines to add to the file.
    ///
    /// The last lines are comments about unreadable objects and about objects without a proposal.
    package let lines: [String]

    package init(path: String, mappings: [RoleMapping.ID], lines: [String]) {
        self.path = path
        self.mappings = mappings
        self.lines = lines
    }
}

/// A question whose default answer is No.
package struct Confirmation: Hashable, Sendable {
    /// The action that Yes starts.
    package enum Action: Hashable, Sendable {
        /// Exchanges the tokens of the marked mappings, the listed mappings, or the selected line's mappings.
        case exchange([RoleMapping.ID], Purpose)
        case dropCredentials([RoleMapping.ID])
        case copy(CopyItem, RoleMapping.ID)
        case applySetup(SetupPlan, [SetupObject.ID])
        case signIn(RoleMapping.ID)
        case addProposals(ProposedConfiguration)
        case quit
    }

    package let action: Action
    package let question: String
    /// The text below the question: the names of affected mappings, or only of hidden marked mappings.
    package let names: String
    package internal(set) var isYes = false
    /// The first line shown of the text below the question.
    var top = 0

    init(_ action: Action, in state: ConsoleState) {
        self.action = action
        var ids: [RoleMapping.ID] = []
        var introduction = ""
        switch action {
        case .exchange(let exchanged, let purpose):
            ids = exchanged
            let isRefresh = purpose == .refresh
            let verb = isRefresh ? "Exchange the tokens of" : "Test"
            let list = state.mappings.list
            let hidden = list.hiddenMarks.intersection(ids)
            if hidden.isEmpty {
                let isAll = ids.count == state.mappings.rows.count
                let kind = Set(ids) == list.marked ? "marked" : "listed"
                question =
                    ids.count == 1
                    ? (isRefresh ? "Exchange this mapping's token?" : "Test this mapping?")
                    : "\(verb) \(isAll ? "all \(ids.count)" : "the \(ids.count) \(kind)") mappings?"
            } else {
                question = "\(verb) \(ids.count) marked mapping\(ids.count == 1 ? "" : "s")?"
                // The text below the question lists the hidden mappings, which the screen does not show.
                ids = hidden.sorted(by: NaturalOrder.precedes)
                introduction = "Not visible: "
            }
        case .dropCredentials(let dropped):
            ids = dropped
            question =
                ids.count == 1 ? "Drop these credentials?" : "Drop the credentials of \(ids.count) mappings?"
        case .copy(let item, let id):
            ids = [id]
            question = "Copy the \(item.label) to the clipboard?"
        case .applySetup(let plan, let objects):
            let subject = Self.listed(state.setup.mappings ?? [], atMost: 2)
            let count = plan.changeable(among: objects).count
            question =
                count == 1
                ? "Apply this change for \(subject)?" : "Apply these \(count) changes for \(subject)?"
        case .signIn(let id):
            ids = [id]
            question = "Copy a sign-in URL, which works like a password?"
        case .addProposals(let proposals):
            ids = proposals.mappings
            question =
                "Write \(ids.count == 1 ? "this mapping" : "these \(ids.count) mappings") to \(proposals.path)?"
        case .quit:
            ids = state.mappings.rows.filter { $0.pending != nil }.map(\.id)
            question = "Quit while \(ids.count == 1 ? "an exchange runs" : "\(ids.count) exchanges run")?"
        }
        names = introduction + Self.listed(ids, atMost: 5)
    }

    /// The notice after the answer No.
    var refusal: String {
        switch action {
        case .exchange(_, .refresh): "No token was exchanged."
        case .exchange(_, .test): "No mapping was tested."
        case .dropCredentials: "No credentials were dropped."
        case .copy: "Nothing was copied."
        case .applySetup: "Nothing was changed."
        case .signIn: "No sign-in URL was requested."
        case .addProposals: "Nothing was written."
        case .quit: "The console continues."
        }
    }

    /// Returns the lines of the changes that the answer Yes approves.
    func changes(columns: Int) -> [Line] {
        if case .addProposals(let proposals) = action {
            return proposals.lines.map { line in
                let isComment = line.drop { $0 == " " }.hasPrefix("#")
                return Line(VisibleText.line(line), isComment ? .faint : .text)
            }
        }
        guard case .applySetup(let plan, let objects) = action else { return [] }
        return plan.changeable(among: objects).flatMap { object in
            SetupChanges(object: object).lines(columns: columns)
        }
    }

    /// Returns the first names and the number of the remaining names.
    static func listed(_ names: [String], atMost limit: Int) -> String {
        let rest = names.count - limit
        let separator = limit > 1 ? ", " : " "
        return names.prefix(limit).joined(separator: ", ") + (rest > 0 ? "\(separator)and \(rest) more" : "")
    }
}
