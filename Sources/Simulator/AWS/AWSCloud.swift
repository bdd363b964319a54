import Federation
import FoundationEssentials

/// The simulated AWS: STS and IAM for all accounts, and the federation endpoint for console sign-in.
///
/// The seed determines all IDs, keys, delays, and failures. The actor opens no port; ``LabServer`` receives the
/// requests.
actor AWSCloud {
    private let seed: Seed
    private let keys: IssuerKeyCache
    private let usesTLS: Bool
    let tokenCipher: SessionTokenCipher
    private var faults: FaultInjector
    private var changes: ChangeClock
    /// The accounts, by account ID.
    private(set) var accounts: [String: IAMAccount]
    private var requests = 0
    private var sessions = 0

    init(
        setup: AWSSetup,
        speed: Speed,
        now: Date,
        seed: UInt64,
        usesTLS: Bool = false,
        keys: @escaping @Sendable (_ issuer: String) async -> TrustedIssuerKeys?
    ) {
        let seed = Seed(value: seed)
        self.seed = seed
        self.keys = IssuerKeyCache(fetch: keys)
        self.usesTLS = usesTLS
        tokenCipher = SessionTokenCipher(seed: seed)
        faults = FaultInjector(rates: setup.faults, seed: seed)
        changes = ChangeClock(delays: setup.propagationDelays, speed: speed, seed: seed)
        let accounts = setup.accounts.map { ($0.id, IAMAccount($0, seed: seed, now: now)) }
        self.accounts = Dictionary(accounts) { first, _ in first }
    }

    func respond(to request: WireRequest, service: AWSService) async -> WireResponse {
        requests += 1
        let id = seed.guid("aws request \(requests)")
        guard request.body.count <= QueryCall.bodyLimit else {
            return WireResponse(status: 413, headers: [], body: Data())
        }
        let fault = faults.nextFault()
        var response: WireResponse
        do throws(AWSFault) {
            try fault.check()
            let call = try QueryCall(request)
            guard call.version == service.version else {
                throw .unknownAction(call.action, version: call.version)
            }
            let result = try await perform(call, request, service)
            response = QueryReply.success(call.action, result: result, service: service, requestID: id)
        } catch {
            response = QueryReply.failure(error, service: service, requestID: id)
        }
        fault.apply(to: &response)
        return response
    }

    private func perform(
        _ call: QueryCall,
        _ request: WireRequest,
        _ service: AWSService
    ) async throws(AWSFault) -> [XMLElement]? {
        switch (service, call.action) {
        case (.sts(let region), "AssumeRoleWithWebIdentity"):
            try await exchange(WebIdentityExchange(call, request: request, region: region, usesTLS: usesTLS))
        case (.sts(let region), "AssumeRole"):
            try assume(
                ChainedExchange(
                    call,
                    by: Caller(of: request, service: service, accounts: accounts, tokenCipher: tokenCipher),
                    request: request,
                    region: region,
                    usesTLS: usesTLS
                )
            )
        case (.sts, "GetCallerIdentity"):
            try callerIdentity(
                Caller(of: request, service: service, accounts: accounts, tokenCipher: tokenCipher)
            )
        case (.iam, _):
            try administer(call, request)
        default:
            throw .unknownAction(call.action, version: call.version)
        }
    }

    private func exchange(_ exchange: WebIdentityExchange) async throws(AWSFault) -> [XMLElement] {
        let parameters = exchange.parameters
        guard let account = accounts[parameters.roleARN.account] else {
            throw .noProvider(for: exchange.token.issuer)
        }
        let provider = try exchange.provider(in: account)
        try await keys.verify(exchange.token)
        let role = try exchange.role(in: account, provider: provider)
        let policies = try PackedPolicies(parameters.policy, parameters.policyARNs, tags: exchange.tags)
        sessions += 1
        let session = Session(
            accessKeyID: UniqueID.sessionKey(seed, "\(sessions)"),
            secretAccessKey: UniqueID.secretKey(seed, "\(sessions)"),
            account: parameters.roleARN.account,
            roleID: role.id,
            roleName: role.name,
            name: parameters.sessionName,
            expiry: Date(
                timeIntervalSince1970: exchange.request.at.timeIntervalSince1970.rounded(.down)
                    + Double(parameters.duration)
            ),
            policy: parameters.policy,
            policyARNs: parameters.policyARNs,
            tags: exchange.tags.tags,
            transitiveTags: exchange.tags.transitiveKeys,
            sourceIdentity: exchange.tags.sourceIdentity
        )
        let token = try tokenCipher.token(for: session, nonce: seed.bytes("nonce \(sessions)").prefix(12))
        return exchange.reply(session, token: token, packedSize: policies.packedSize)
    }

    private func assume(_ exchange: ChainedExchange) throws(AWSFault) -> [XMLElement] {
        let role = try exchange.role(in: accounts)
        let parameters = exchange.parameters
        let policies = try PackedPolicies(parameters.policy, parameters.policyARNs, tags: exchange.tags)
        sessions += 1
        let session = exchange.session(
            of: role,
            accessKeyID: UniqueID.sessionKey(seed, "\(sessions)"),
            secretAccessKey: UniqueID.secretKey(seed, "\(sessions)")
        )
        let token = try tokenCipher.token(for: session, nonce: seed.bytes("nonce \(sessions)").prefix(12))
        return session.reply(token: token, packedSize: policies.packedSize)
    }

    /// Performs an IAM operation in the caller's account.
    private func administer(_ call: QueryCall, _ request: WireRequest) throws(AWSFault) -> [XMLElement]? {
        guard let operation = IAMOperation.all[call.action] else {
            throw .unknownAction(call.action, version: call.version)
        }
        let caller = try Caller(of: request, service: .iam, accounts: accounts, tokenCipher: tokenCipher)
        // A second reference to the account would cause a copy, so `accounts` omits the account during the change.
        guard let account = accounts.removeValue(forKey: caller.account) else { throw .internalFailure }
        var iam = IAMRequest(
            call: call,
            account: account,
            others: accounts,
            changes: changes,
            seed: seed,
            now: request.at
        )
        defer {
            iam.others = [:]
            accounts[caller.account] = iam.account
            changes = iam.changes
        }
        let permissions = Permissions(of: caller, in: iam.account, at: request.at)
        let resource = operation.resource(call, iam.account)
        try permissions.check("iam:\(operation.name)", on: resource, by: caller)
        return try operation.perform(&iam)
    }

    private func callerIdentity(_ caller: Caller) -> [XMLElement] {
        [
            XMLElement("Arn", caller.arn),
            XMLElement("UserId", caller.userID),
            XMLElement("Account", caller.account),
        ]
    }
}
