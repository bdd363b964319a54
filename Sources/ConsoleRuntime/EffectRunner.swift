import Console
import CredentialDelivery
import ExchangeEngine
import Federation
import Foundation
import Propagation
import Transport

/// Does what the console wants done, and tells it what came of it.
actor EffectRunner {
    /// A token that was asked for so recently is as good as one asked for now: all mappings of an identity and
    /// audience that are refreshed together share it.
    private static let freshness = Duration.seconds(5)

    private let keeper: CredentialRefresher
    private let watcher: WatchRunner
    private let teller: NotificationHook
    private let past: HistoryService
    private let pages: PageReader
    private let trust: RoleInspector
    private let reload: @Sendable () async -> Message
    private let survey: @Sendable () async -> SourceSurvey
    private let setup: ConsoleSetup
    private let verify: @Sendable (RoleMapping, _ fingerprint: String) async -> SignatureFinding
    private let forget: @Sendable (RoleMapping) async -> Void
    private let signIn: @Sendable (RoleMapping, SessionCredentials) async -> Result<Secret, Failure>
    private let send: @Sendable (Message) -> Void
    private var configuration = Configuration()
    private var mappings = MappingTable()

    /// Makes a runner that does nothing yet.
    ///
    /// `past` is where the history is read. `reload` reads the configuration again, puts it to use, and gives
    /// `.configured` or
    /// `.configurationRefused`; `survey` looks at the host's token sources; `setup` reads
    /// and makes what mappings need; `verify` looks at the signature of the token at hand; `forget` throws away
    /// what other processes would find of a mapping; `signIn` gets a URL for the AWS console.
    init(
        keeper: CredentialRefresher,
        watcher: WatchRunner,
        teller: NotificationHook,
        past: HistoryService,
        trust: RoleInspector,
        reload: @escaping @Sendable () async -> Message,
        survey: @escaping @Sendable () async -> SourceSurvey,
        setup: ConsoleSetup,
        verify: @escaping @Sendable (RoleMapping, _ fingerprint: String) async -> SignatureFinding,
        forget: @escaping @Sendable (RoleMapping) async -> Void,
        signIn: @escaping @Sendable (RoleMapping, SessionCredentials) async -> Result<Secret, Failure>,
        send: @escaping @Sendable (Message) -> Void
    ) {
        self.keeper = keeper
        self.watcher = watcher
        self.teller = teller
        self.past = past
        pages = PageReader(past)
        self.trust = trust
        self.reload = reload
        self.survey = survey
        self.setup = setup
        self.verify = verify
        self.forget = forget
        self.signIn = signIn
        self.send = send
    }

    /// Works with these mappings from now on.
    func use(_ configuration: Configuration) async {
        self.configuration = configuration
        mappings = MappingTable(configuration.mappings)
        // Watches first: what they try is theirs.
        await watcher.use(configuration)
        await watcher.look()
        await keeper.keep(configuration.mappings)
    }

    /// Does one thing; returns when it is done.
    ///
    /// `copy` puts a text on the operator's clipboard.
    func perform(_ effect: Effect, copy: @Sendable (String) async -> Void) async {
        switch effect {
        case .exchange(let id, let request, let purpose):
            guard let mapping = mappings[id] else { return }
            let exchange = await keeper.exchange(
                mapping,
                options: ExchangeOptions(tokenAge: purpose == .refresh ? Self.freshness : nil),
                keeping: purpose == .refresh
            ) { [send] step in
                send(.stepped(id, request, step))
            }
            send(.exchanged(request, exchange.record))
        case .reloadConfiguration:
            let message = await reload()
            send(message)
            if case .configured(let configuration, _) = message { await use(configuration) }
        case .surveySources:
            send(.surveyed(await survey()))
        case .explain(let id, let request, let issuer, let asksClouds, let isFresh):
            guard let mapping = mappings[id] else { return }
            let knowledge =
                asksClouds
                ? await trust.knowledge(of: mapping, issuer: issuer, isFresh: isFresh)
                : await trust.fileKnowledge(of: mapping)
            send(.explained(id, request, knowledge))
        case .forget(let id):
            await keeper.forget(id)
            if let mapping = mappings[id] { await forget(mapping) }
        case .copyExports(let id):
            await copyExports(of: id, copy)
        case .planSetup(let ids, let request):
            await setup.plan(ids.compactMap { mappings[$0] }, request, in: configuration)
        case .applySetup(let ids, let objects, let request):
            await applySetup(objects, of: ids.compactMap { mappings[$0] }, request)
        case .signIn(let id):
            await copySignInURL(of: id, copy)
        case .verifySignature(let id, let fingerprint):
            guard let mapping = mappings[id] else { return }
            send(.signatureChecked(fingerprint: fingerprint, await verify(mapping, fingerprint)))
        case .watch(let id):
            await watch(id)
        case .endWatch(let id):
            await watcher.stop(id)
        case .compare(let id, let source, let request):
            send(.compared(request, await past.comparison(of: id, with: source)))
        case .readHistory(let page, let request):
            send(.historyRead(request, await pages.read(page)))
        case .announce(let announcement):
            guard case .command(let command) = announcement.channel,
                let problem = await teller.tell(announcement.watch, through: command)
            else { return }
            send(.noticed(Notice(.warning, problem)))
        case .openLab, .writeStarter, .redraw, .suspend, .copy, .quit:
            break
        }
    }

    private func copySignInURL(of id: RoleMapping.ID, _ copy: @Sendable (String) async -> Void) async {
        guard let mapping = mappings[id], let credentials = await keeper.credentials(for: id) else {
            return send(.noticed(Notice(.error, "There are no credentials of \(id) any more.")))
        }
        switch await signIn(mapping, credentials) {
        case .success(let url):
            await copy(url.reveal())
            send(.noticed(Notice(.info, "A sign-in URL for \(id) is on the clipboard for 15 minutes' use.")))
        case .failure(let failure):
            send(.noticed(Notice(.error, "\(id): \(failure.message) \(failure.fix)")))
        }
    }

    /// Makes what mappings need; once they have all of it, they are tried until they work.
    private func applySetup(_ objects: [SetupObject.ID], of wanting: [RoleMapping], _ request: Request) async
    {
        let isWhole = await setup.apply(objects, of: wanting, request, in: configuration)
        for mapping in wanting {
            await trust.forget(mapping.roleARN)
            if isWhole { await watch(mapping.id, changed: SystemTime().now) }
        }
    }

    /// Tries a mapping until it works; nothing else tries it meanwhile.
    ///
    /// `changed` is when its set-up was changed, if that was just done.
    func watch(_ id: RoleMapping.ID, changed: Date? = nil) async {
        await keeper.leave(id)
        await watcher.watch(id, changed: changed)
    }

    private func copyExports(of id: RoleMapping.ID, _ copy: @Sendable (String) async -> Void) async {
        guard let credentials = await keeper.credentials(for: id) else {
            return send(.noticed(Notice(.error, "There are no credentials of \(id) any more.")))
        }
        await copy(
            CredentialFormat.env.text(of: credentials, region: mappings[id]?.region ?? credentials.region)
        )
        send(.noticed(Notice(.info, "The credentials of \(id) are on the clipboard.")))
    }
}

extension Message {
    /// What the console hears of watches.
    init(_ event: WatchRunner.Event, here holder: String) {
        switch event {
        case .stood(let kept): self = .watched(kept, isHere: kept.lease?.holder == holder)
        case .ended(let watch): self = .watchEnded(watch)
        case .estimated(let cause, let estimate): self = .estimated(cause, estimate)
        }
    }

    /// What the console hears of an exchange that began by itself.
    init(_ event: CredentialRefresher.Event) {
        switch event {
        case .began(let id): self = .exchangeBegan(id)
        case .stepped(let id, let step): self = .stepped(id, .background, step)
        case .ended(let record): self = .exchanged(.background, record)
        case .planned(let id, let isRetry, let at):
            self = .planned(id, Plan(action: isRetry ? .retry : .renewal, at: at))
        }
    }
}
