import Federation
import FoundationEssentials
import TrustPolicy

/// The principal that signed a request.
enum Caller: Sendable {
    case user(IAMUser, account: String)
    case session(Session)

    var account: String {
        switch self {
        case .user(_, let account): account
        case .session(let session): session.account
        }
    }

    var arn: String {
        switch self {
        case .user(let user, _): user.arn
        case .session(let session): session.arn
        }
    }

    var userID: String {
        switch self {
        case .user(let user, _): user.id
        case .session(let session): session.userID
        }
    }

    /// The session; `nil` for a user.
    var session: Session? {
        if case .session(let session) = self { session } else { nil }
    }

    /// Returns the session's role if STS already has the role; `account` is the caller's account.
    func role(in account: IAMAccount, at now: Date) -> IAMRole? {
        session.flatMap { account.role($0.roleName, for: .sts, at: now) }
    }

    /// Returns the principal in the format of trust policies; `account` is the caller's account.
    func principal(in account: IAMAccount, at now: Date) -> RequestPrincipal {
        switch self {
        case .user(let user, _):
            return ARN(user.arn).map(RequestPrincipal.user) ?? .federated(user.arn)
        case .session(let session):
            let role = role(in: account, at: now).flatMap { RoleARN($0.arn) }
            return role.map {
                .session(RoleSessionPrincipal(roleARN: $0, sessionName: session.name))
            } ?? .federated(session.arn)
        }
    }

    fileprivate var secret: Secret {
        switch self {
        case .user(let user, _): user.secretAccessKey
        case .session(let session): Secret(session.secretAccessKey)
        }
    }
}

extension Caller {
    /// Identifies the principal that signed the request, and verifies the signature.
    init(
        of request: WireRequest,
        service: AWSService,
        accounts: [String: IAMAccount],
        tokenCipher: SessionTokenCipher
    ) throws(AWSFault) {
        let check = SignatureCheck(service: service, now: request.at)
        let header = try AuthorizationHeader(request)
        try check.checkScope(header)
        if let token = request.header("x-amz-security-token") {
            self = .session(try Self.session(Secret(token), header, accounts, tokenCipher, at: request.at))
        } else {
            guard
                let account = accounts.values.first(where: { $0.users[header.accessKeyID] != nil }),
                let user = account.users[header.accessKeyID]
            else { throw Self.invalidToken }
            self = .user(user, account: account.id)
        }
        try check.checkSignature(header, of: request, secret: secret)
    }

    /// Returns the session of a token.
    ///
    /// - Throws: AWS's error if the token is invalid, belongs to another access key, or has expired. Deleting or
    ///   recreating the role also makes its sessions invalid.
    private static func session(
        _ token: Secret,
        _ header: AuthorizationHeader,
        _ accounts: [String: IAMAccount],
        _ tokenCipher: SessionTokenCipher,
        at now: Date
    ) throws(AWSFault) -> Session {
        guard let session = tokenCipher.session(of: token), session.accessKeyID == header.accessKeyID else {
            throw invalidToken
        }
        guard now < session.expiry else {
            throw AWSFault(403, "ExpiredToken", "The security token included in the request is expired")
        }
        let role = accounts[session.account]?.role(session.roleName, for: .sts, at: now)
        guard role?.id == session.roleID else { throw invalidToken }
        return session
    }

    private static let invalidToken = AWSFault(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid."
    )
}
