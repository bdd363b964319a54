/// One operation of IAM.
///
/// To add one: a value in the file of its entity, and its name in that file's list.
struct IAMOperation: Sendable {
    let name: String
    /// The resource for which the caller needs permission.
    let resource: @Sendable (QueryCall, IAMAccount) -> IAMResource
    /// Returns the content of the answer's result element; `nil` for an operation without one.
    let perform: @Sendable (inout IAMRequest) throws(AWSFault) -> [XMLElement]?

    init(
        _ name: String,
        on resource: @escaping @Sendable (QueryCall, IAMAccount) -> IAMResource,
        perform: @escaping @Sendable (inout IAMRequest) throws(AWSFault) -> [XMLElement]?
    ) {
        self.name = name
        self.resource = resource
        self.perform = perform
    }

    /// Every operation by its name.
    static let all: [String: IAMOperation] = Dictionary(
        (accountOperations + providerOperations + providerTagOperations + roleOperations + roleTagOperations
            + inlinePolicyOperations + attachedPolicyOperations).map { ($0.name, $0) }
    ) { first, _ in first }
}

/// The resource of an operation, as permissions name it.
struct IAMResource: Sendable {
    let arn: String
    /// The name in an AccessDenied error, where it is not the ARN.
    var shown: String?
}

extension IAMResource {
    /// The whole account.
    static func everything(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: "*")
    }

    /// An existing role.
    static func role(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        let name = call["RoleName"] ?? ""
        let path = account.latestRole(name)?.path ?? "/"
        return IAMResource(
            arn: IAMRole.arn(account: account.id, path: path, name: name),
            shown: "role \(name)"
        )
    }

    /// The roles below a path.
    static func roles(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: IAMRole.arn(account: account.id, path: call["PathPrefix"] ?? "/", name: ""))
    }

    /// A role to create.
    static func newRole(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(
            arn: IAMRole.arn(account: account.id, path: call["Path"] ?? "/", name: call["RoleName"] ?? "")
        )
    }

    /// An OIDC provider by its ARN.
    static func provider(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: call["OpenIDConnectProviderArn"] ?? "*")
    }

    /// An OIDC provider to create.
    static func newProvider(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: IAMProvider.arn(account: account.id, issuer: call["Url"] ?? ""))
    }

    /// All OIDC providers.
    static func providers(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: IAMProvider.arn(account: account.id, issuer: "*"))
    }

    /// A managed policy.
    static func policy(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        let arn = call["PolicyArn"] ?? "*"
        return IAMResource(arn: arn, shown: "policy \(arn)")
    }
}
