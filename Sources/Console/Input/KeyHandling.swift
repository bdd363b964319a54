import Drawing
import Federation

extension ConsoleState {
    /// Passes a key to the overlay, or to the panel if no overlay is open.
    mutating func handle(_ key: Key) -> [Effect] {
        let always = Binding.alwaysValid.first { appearance.keymap.keys(of: $0).contains(key) }
        if let always, !key.isText { return run(always) }
        return switch overlay {
        case .filter(let editor, let earlier): edit(editor, earlier: earlier, key)
        case .path(let editor, let id): edit(path: editor, of: id, key)
        case .confirmation(let confirmation): answer(confirmation, key)
        case .menu(let menu): choose(from: menu, key)
        case .palette(let palette): search(palette, key)
        case nil: press(key)
        }
    }

    private mutating func press(_ key: Key) -> [Effect] {
        let bindings = Binding.all.filter { appearance.keymap.keys(of: $0).contains(key) }
        if let binding = bindings.first(where: { $0.isValid(in: self) }) { return run(binding) }
        if let elsewhere = bindings.first { notice = Notice(.warning, elsewhere.validityHint) }
        return []
    }

    /// Performs a binding, or shows the reason why it is not possible.
    mutating func run(_ binding: Binding) -> [Effect] {
        if let obstacle = binding.obstacle(in: self) {
            notice = Notice(.warning, obstacle)
            return []
        }
        return binding.perform(&self)
    }

    private mutating func edit(_ editor: LineEditor, earlier: Filter, _ key: Key) -> [Effect] {
        var editor = editor
        switch key {
        case .enter:
            overlay = nil
            notice = filterProblem.map { Notice(.warning, "\($0).") }
        case .escape, .control("c"):
            overlay = nil
            filter = earlier
        default:
            guard editor.edit(key) else { return [] }
            overlay = .filter(editor, earlier: earlier)
            filter = Filter(editor.text)
        }
        return []
    }

    private mutating func edit(path editor: LineEditor, of id: RoleMapping.ID, _ key: Key) -> [Effect] {
        var editor = editor
        switch key {
        case .enter:
            overlay = nil
            return editor.text.isEmpty ? [] : requestComparison(id, .file(editor.text))
        case .escape, .control("c"):
            overlay = nil
        default:
            if editor.edit(key) { overlay = .path(editor, of: id) }
        }
        return []
    }

    mutating func answer(_ confirmation: Confirmation, _ key: Key) -> [Effect] {
        var confirmation = confirmation
        if let lines = Self.scrolling(key) {
            let layout = DialogLayout(of: confirmation, in: size)
            let rows = layout.list.rows
            let step = abs(lines) > 1 ? lines / abs(lines) * max(1, rows) : lines
            confirmation.top = min(max(0, confirmation.top + step), max(0, layout.lines.count - rows))
            overlay = .confirmation(confirmation)
            return []
        }
        switch key {
        case .character("y"), .character("Y"):
            confirmation.isYes = true
        case .tab, .backTab, .left, .right, .character("h"), .character("l"):
            confirmation.isYes.toggle()
            overlay = .confirmation(confirmation)
            return []
        case .enter:
            break
        case .escape, .character("n"), .character("N"), .character("q"), .control("c"):
            confirmation.isYes = false
        default:
            return []
        }
        overlay = nil
        if !confirmation.isYes { notice = Notice(.info, confirmation.refusal) }
        if !confirmation.isYes, case .addProposals(let proposals) = confirmation.action {
            overlay = .menu(Menu(.welcome(path: proposals.path)))
        }
        return confirmation.isYes ? perform(confirmation.action) : []
    }

    /// Returns the scroll step of a key in a confirmation, if any: ±1 for a line, ±2 for a page.
    private static func scrolling(_ key: Key) -> Int? {
        switch key {
        case .down, .character("j"): 1
        case .up, .character("k"): -1
        case .pageDown, .control("f"), .control("d"), .character(" "): 2
        case .pageUp, .control("b"), .control("u"): -2
        default: nil
        }
    }

    private mutating func perform(_ action: Confirmation.Action) -> [Effect] {
        switch action {
        case .exchange(let ids, let purpose):
            return ids.flatMap { exchange($0, purpose) }
        case .dropCredentials(let ids):
            for id in ids { mappings.modify(id, now: now) { $0.dropCredentials() } }
            let subject = ids.count == 1 ? ids[0] : "\(ids.count) mappings"
            notice = Notice(
                .info,
                "Dropped the credentials of \(subject). \(key(.refresh)) exchanges the token for new ones."
            )
            return ids.map { .dropCredentials($0) }
        case .copy(_, let id):
            return [.copyExports(id)]
        case .applySetup(let plan, let objects):
            return applySetup(plan, objects)
        case .signIn(let id):
            notice = Notice(.info, "Requesting a sign-in URL for \(id) …")
            return [.signIn(id)]
        case .addProposals(let proposals):
            configuration.progress = "Writing \(proposals.path) …"
            return [.addProposals(path: proposals.path)]
        case .quit:
            return [.quit]
        }
    }

    mutating func choose(from menu: Menu, _ key: Key) -> [Effect] {
        var menu = menu
        let items = menu.items(in: self)
        if case .character(let letter) = key, let item = items.first(where: { $0.key == letter }) {
            overlay = nil
            return perform(item.choice)
        }
        switch key {
        case .down, .character("j"), .tab: menu.cursor.select(menu.cursor.selected + 1)
        case .up, .character("k"), .backTab: menu.cursor.select(menu.cursor.selected - 1)
        case .home, .character("g"): menu.cursor.select(0)
        case .end, .character("G"): menu.cursor.select(items.count - 1)
        case .character(" ") where menu.kind == .columns, .enter:
            guard items.indices.contains(menu.cursor.selected) else { return [] }
            overlay = nil
            return perform(items[menu.cursor.selected].choice)
        case .control("c") where !menu.isDismissible: return [.quit]
        case .escape, .character("q"), .control("c"):
            if menu.isDismissible { overlay = nil }
            return []
        default: return []
        }
        menu.cursor.clamp(count: items.count, height: items.count)
        overlay = .menu(menu)
        return []
    }

    private mutating func perform(_ choice: Menu.Choice) -> [Effect] {
        switch choice {
        case .sort(let column):
            sort(by: column)
            return []
        case .column(let column):
            toggle(column)
            return []
        case .group(let column):
            mappings.list.group(by: column)
            return []
        case .apply(let objects):
            return askToApply(objects)
        case .compare(let other, let id):
            return compare(id, with: other)
        case .copy(let item, let id):
            if item.isSecret { return ask(.copy(item, id)) }
            return mappings[id].map { row in
                [.copy(item.text(of: row, reference), label: "the \(item.label) of \(id)")]
            } ?? []
        case .lab:
            configuration.progress = "Starting the lab …"
            return [.openLab]
        case .discover(let path):
            configuration.progress = "Reading both clouds …"
            return [.discover(path: path)]
        case .starter(let path):
            configuration.progress = "Writing \(path) …"
            return [.writeStarter(path: path)]
        case .quit:
            return [.quit]
        }
    }

    mutating func search(_ palette: Palette, _ key: Key) -> [Effect] {
        var palette = palette
        let items = palette.items(in: self)
        let selected = items.indices.contains(palette.cursor.selected) ? items[palette.cursor.selected] : nil
        switch key {
        case .escape, .control("c"):
            overlay = nil
            return []
        case .enter:
            overlay = nil
            if let selected { return perform(selected.choice) }
            let text = palette.editor.text
            if !text.isEmpty { notice = Notice(.warning, "No panel, mapping, or action matches \(text).") }
            return []
        case .tab: palette.editor = LineEditor(selected?.name ?? palette.editor.text)
        case .down, .control("n"): palette.cursor.select(palette.cursor.selected + 1)
        case .up, .control("p"): palette.cursor.select(palette.cursor.selected - 1)
        default:
            guard palette.editor.edit(key) else { return [] }
            palette.cursor.select(0)
        }
        palette.cursor.clamp(count: palette.items(in: self).count, height: Palette.limit)
        overlay = .palette(palette)
        return []
    }

    private mutating func perform(_ choice: Palette.Choice) -> [Effect] {
        switch choice {
        case .binding(let id):
            return Binding.named(id).map { run($0) } ?? []
        case .mapping(let id):
            showMapping(id)
        case .filter(let text):
            show(.mappings)
            filter = Filter(text)
        case .theme(let name):
            appearance.choose(theme: name)
            notice = Notice(.info, "The theme is \(name).")
            return appearance.requestBackground()
        }
        return []
    }
}
