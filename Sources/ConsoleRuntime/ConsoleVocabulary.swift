package import ConfigurationFile
import Console
import Drawing

extension ConsoleVocabulary {
    /// The console's bindings and columns, and the checks of ``Keymap`` and ``Theme``.
    package static let console = ConsoleVocabulary(
        actions: Binding.all.map { binding in
            ConsoleAction(name: binding.id, key: binding.keys.first?.description ?? "", help: binding.help)
        },
        columns: MappingColumn.all.map(\.id),
        checkKeys: { keys in
            do throws(KeymapError) {
                _ = try Keymap(keys)
                return []
            } catch {
                return [RejectedValue(error)]
            }
        },
        checkTheme: { slots in
            do throws(ThemeError) {
                _ = try Theme(name: "", slots: slots)
                return []
            } catch {
                return [RejectedValue(error)]
            }
        }
    )
}

extension ConsoleVocabulary.RejectedValue {
    fileprivate init(_ error: KeymapError) {
        switch error {
        case .unknownBinding(let name):
            self.init(
                keys: [name],
                found: "an unknown action",
                accepted: Binding.all.map(\.id).joined(separator: ", ")
            )
        case .invalidKey(let binding, let text):
            self.init(
                keys: [binding],
                found: "\"\(text)\"",
                accepted: "one character, or a name such as <Enter>, <F5>, <C-d>, <PgDn>, <Space>"
            )
        case .collision(let key, let first, let second):
            self.init(
                keys: [],
                found: "\(key) for both \(first) and \(second)",
                accepted: "another key for one of them"
            )
        }
    }

    fileprivate init(_ error: ThemeError) {
        switch error {
        case .unknownTheme(let name, let known):
            self.init(keys: [], found: "the unknown theme \(name)", accepted: known.joined(separator: ", "))
        case .unknownSlot(let slot):
            self.init(keys: [slot], found: "an unknown slot", accepted: Theme.slots.joined(separator: ", "))
        case .unknownAttribute(let slot, let name):
            self.init(
                keys: [slot, name],
                found: "an unknown attribute",
                accepted: "fg, bg, bold, dim, underline, reverse"
            )
        case .badColor(let slot, let text):
            let colors = Color.names.joined(separator: ", ")
            self.init(
                keys: [slot],
                found: "the color \"\(text)\"",
                accepted: "default, a name (\(colors)) with or without bright-, 0 to 255, or #rrggbb"
            )
        case .badFlag(let slot, let name, let text):
            self.init(keys: [slot, name], found: "\"\(text)\"", accepted: "true or false")
        }
    }
}
