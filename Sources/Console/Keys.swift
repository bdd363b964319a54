import Drawing
import Federation

extension ConsoleState {
    /// Gives a key to what lies on top.
    mutating func take(_ key: Key) -> [Effect] {
        if let binding = Binding.alwaysValid.first(where: { keymap.keys(of: $0).contains(key) }), !key.isText
        {
            return run(binding)
        }
        return switch overlay {
        case .filter(let editor, let earlier): edit(editor, earlier: earlier, key)
        case .path(let editor, let id): edit(path: editor, of: id, key)
        case .confirmation(let confirmation): answer(confirmation, key)
        case .menu(let menu): choose(from: menu, key)
        case .palette(let palette): find(with: palette, key)
        case .explanation(let reader): read(reader, key)
        case nil: press(key)
        }
    }

    private mutating func press(_ key: Key) -> [Effect] {
        let bindings = Binding.all.filter { keymap.keys(of: $0).contains(key) }
        if let binding = bindings.first(where: { $0.isValid(in: self) }) { return run(binding) }
        if let elsewhere = bindings.first { notice = Notice(.warning, elsewhere.whereItWorks) }
        return []
    }

    /// Does what a binding does, or says why not.
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
            guard editor.take(key) else { return [] }
            overlay = .filter(editor, earlier: earlier)
            filter = Filter(editor.text)
        }
        return []
    }

    private mutating func answer(_ confirmation: Confirmation, _ key: Key) -> [Effect] {
        var confirmation = confirmation
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
        return confirmation.isYes ? perform(confirmation.action) : []
    }

    private mutating func perform(_ action: Confirmation.Action) -> [Effect] {
        switch action {
        case .exchangeAll(let purpose):
            return roster.rows.map(\.id).flatMap { exchange($0, purpose) }
        case .forget(let ids):
            for id in ids { roster.modify(id, now: now) { $0.forget() } }
            let whose = ids.count == 1 ? ids[0] : "\(ids.count) mappings"
            notice = Notice(.info, "The credentials of \(whose) are thrown away; r exchanges for new ones.")
            return ids.map { .forget($0) }
        case .copy(_, let id):
            return [.copyExports(id)]
        case .applySetup(let objects):
            return applySetup(objects)
        case .signIn(let id):
            notice = Notice(.info, "Asking AWS for a sign-in URL for \(id)…")
            return [.signIn(id)]
        case .quit:
            return [.quit]
        }
    }

    private mutating func choose(from menu: Menu, _ key: Key) -> [Effect] {
        var menu = menu
        let items = menu.items(in: self)
        if case .character(let letter) = key, let item = items.first(where: { $0.key == letter }) {
            overlay = nil
            return take(item.choice)
        }
        switch key {
        case .down, .character("j"), .tab: menu.cursor.select(menu.cursor.selected + 1)
        case .up, .character("k"), .backTab: menu.cursor.select(menu.cursor.selected - 1)
        case .enter where items.indices.contains(menu.cursor.selected):
            overlay = nil
            return take(items[menu.cursor.selected].choice)
        case .control("c") where !menu.isDismissible: return [.quit]
        case .escape, .character("q"), .control("c"):
            if menu.isDismissible { overlay = nil }
            return []
        default: return []
        }
        menu.cursor.settle(count: items.count, height: items.count)
        overlay = .menu(menu)
        return []
    }

    private mutating func take(_ choice: Menu.Choice) -> [Effect] {
        switch choice {
        case .sort(let column):
            sort(by: column)
            return []
        case .apply(let objects):
            return ask(.applySetup(objects))
        case .compare(let other, let id):
            return compare(id, with: other)
        case .copy(let item, let id):
            if item.isSecret { return ask(.copy(item, id)) }
            notice = Notice(.info, "The \(item.label) of \(id) is on the clipboard.")
            return roster[id].map { [.copy(item.text(of: $0))] } ?? []
        case .lab:
            opening = "Starting the lab …"
            return [.openLab]
        case .starter(let path):
            opening = "Writing \(path) …"
            return [.writeStarter(path: path)]
        case .leave:
            return [.quit]
        }
    }

    private mutating func find(with palette: Palette, _ key: Key) -> [Effect] {
        var palette = palette
        let items = palette.items(in: self)
        let selected = items.indices.contains(palette.cursor.selected) ? items[palette.cursor.selected] : nil
        switch key {
        case .escape, .control("c"):
            overlay = nil
            return []
        case .enter:
            overlay = nil
            if let selected { return take(selected.choice) }
            let text = palette.editor.text
            if !text.isEmpty { notice = Notice(.warning, "Nothing is called \(text).") }
            return []
        case .tab: palette.editor = LineEditor(selected?.name ?? palette.editor.text)
        case .down, .control("n"): palette.cursor.select(palette.cursor.selected + 1)
        case .up, .control("p"): palette.cursor.select(palette.cursor.selected - 1)
        default:
            guard palette.editor.take(key) else { return [] }
            palette.cursor.select(0)
        }
        palette.cursor.settle(count: palette.items(in: self).count, height: Palette.limit)
        overlay = .palette(palette)
        return []
    }

    private mutating func take(_ choice: Palette.Choice) -> [Effect] {
        switch choice {
        case .binding(let id):
            return Binding.all.first { $0.id == id }.map { run($0) } ?? []
        case .mapping(let id):
            show(.mappings)
            roster.reveal(id)
            return []
        case .filter(let text):
            show(.mappings)
            filter = Filter(text)
            return []
        case .theme(let name):
            chosenTheme = name
            theme = (try? Theme.named(name, own: ownThemes)) ?? theme
            return []
        }
    }
}
