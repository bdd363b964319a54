import AWS
import Azure
import Console
import CredentialDelivery
import ExchangeEngine
import Federation
import Operations

/// The operator's clipboard: tmux's buffer inside tmux, or the terminal's clipboard by OSC 52.
///
/// If tmux fails, the text goes to the terminal's clipboard.
///
/// tmux ignores OSC 52 from its programs unless `set-clipboard` is `on`. `load-buffer -w` does not depend on
/// `set-clipboard`, and forwards the text to the outer terminal. Source: tmux(1), `load-buffer`, since tmux 3.2.
struct Clipboard: Sendable {
    private static let limit = Duration.seconds(5)

    let variables: [String: String]
    let time: any TimeSource

    /// Copies a text.
    ///
    /// - Parameters:
    ///   - text: The text, which never appears in a command line or a file.
    ///   - label: The text's name, as in "Copied LABEL".
    ///   - send: Sends the text to the terminal; returns `false` for a terminal without a clipboard.
    /// - Returns: A notice with the result.
    func copy(_ text: String, label: String, send: (String) async -> Bool) async -> Notice {
        if await load(text) {
            return Notice(
                .info,
                "Copied \(label) to tmux's buffer (prefix ] pastes), and sent it to the terminal."
            )
        }
        if await send(text) { return Notice(.info, "Sent \(label) to the terminal's clipboard.") }
        return Notice(.warning, "This terminal has no clipboard, so \(label) was not copied.")
    }

    /// Copies a text to the buffer of the enclosing tmux server; returns `false` outside tmux, and if tmux fails.
    private func load(_ text: String) async -> Bool {
        guard !(variables["TMUX"] ?? "").isEmpty else { return false }
        let tmux = Program(name: "tmux", variables: variables, limit: Self.limit, outputSize: nil)
        return (try? await tmux.run(["load-buffer", "-w", "-"], input: text, time: time))?.status == 0
    }
}

// The effects that copy text to the clipboard.
extension ConsoleRuntime {
    func copy(_ text: String, label: String, send: @Sendable (String) async -> Bool) async {
        let clipboard = Clipboard(variables: options.context.variables, time: time)
        mailbox.send(.noticed(await clipboard.copy(text, label: label, send: send)))
    }

    func exports(of id: RoleMapping.ID, send: @Sendable (String) async -> Bool) async {
        guard let services, let credentials = await services.refresher.credentials(for: id) else {
            return notice(.error, "\(id) has no unexpired credentials.")
        }
        let region = services.context.configuration.mapping(id)?.region ?? credentials.region
        do throws(UnprintableMember) {
            let text = try CredentialFormat.env.text(of: credentials, region: region)
            await copy(text, label: "the credentials of \(id)", send: send)
        } catch {
            notice(.error, "\(id): \(error)")
        }
    }

    func signInURL(of id: RoleMapping.ID, send: @Sendable (String) async -> Bool) async {
        guard let services, let mapping = services.context.configuration.mapping(id),
            let credentials = await services.refresher.credentials(for: id)
        else { return notice(.error, "\(id) has no unexpired credentials.") }
        do throws(SignInError) {
            let url = try await services.context.signInURL(for: mapping, credentials)
            await copy(url.reveal(), label: "the sign-in URL of \(id), valid for 15 minutes", send: send)
        } catch {
            notice(.error, "\(id): \(error.failure.message) \(error.failure.fix)")
        }
    }
}
