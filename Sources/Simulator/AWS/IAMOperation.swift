/// An IAM operation.
///
/// To add an operation, define a value in the file of its entity. Add the value to the list in this file.
struct IAMOperation: Sendable {
    let name: String
    /// Returns the resource on which the caller needs permission.
    let resource: @Sendable (QueryCall, IAMAccount) -> IAMResource
    /// Performs the operation and returns the content of the result element; `nil` for a response without this element.
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

    /// All operations, by name.
    static let all: [String: IAMOperation] = Dictionary(
        (accountOperations + providerOperations + providerTagOperations + roleOperations + roleTagOperations
            + inlinePolicyOperations + attachedPolicyOperations).map { ($0.name, $0) }
    ) { first, _ in first }
}

/// The resource of an operation, for evaluating permissions.
struct IAMResource: Sendable {
    let arn: String
    /// The name of the resource in AccessDenied errors; `nil` for the ARN.
    var shown: String?
}

extension IAMResource {
    /// Returns the resource `*`, for operations on the account as a whole.
    static func everything(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: "*")
    }

    /// Returns the role of a call; the ARN contains the role's path if the role exists.
    static func role(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        let name = call["RoleName"] ?? ""
        let path = account.latestRole(name)?.path ?? "/"
        return IAMResource(
            arn: IAMRole.arn(account: account.id, path: path, name: name),
            shown: "role \(name)"
        )
    }

    /// Returns the roles below a path.
    static func roles(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: IAMRole.arn(account: account.id, path: call["PathPrefix"] ?? "/", name: ""))
    }

    /// Returns a role that is to be created.
    static func newRole(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(
            arn: IAMRole.arn(account: account.id, path: call["Path"] ?? "/", name: call["RoleName"] ?? "")
        )
    }

    /// Returns an OIDC provider, given by its ARN.
    static func provider(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: call["OpenIDConnectProviderArn"] ?? "*")
    }

    /// Returns an OIDC provider that is to be created.
    static func newProvider(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: IAMProvider.arn(account: account.id, issuer: call["Url"] ?? ""))
    }

    /// Returns all OIDC providers.
    static func providers(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        IAMResource(arn: IAMProvider.arn(account: account.id, issuer: "*"))
    }

    /// Returns a managed policy.
    static func policy(_ call: QueryCall, _ account: IAMAccount) -> IAMResource {
        let arn = call["PolicyArn"] ?? "*"
        return IAMResource(arn: arn, shown: "policy \(arn)")
    }
}
