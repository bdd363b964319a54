/// The four common kinds of IAM operations: changing or reading a role or a provider.
///
/// Each operation parses its parameters, looks up its entity, and then changes the entity or returns data about it.
extension IAMOperation {
    /// A function that reads the parameters of an operation, except the name of the entity.
    typealias Reading<Input> = @Sendable (QueryCall, inout Constraints) throws(AWSFault) -> Input

    /// The function for operations whose only parameter is the name of the entity.
    static let nothing: Reading<Void> = { (_, _) in }

    /// Returns an operation that changes a role; `result` is the content of the response's result element, if any.
    static func changingRole<Input>(
        _ name: String,
        result: [XMLElement]? = nil,
        reading: @escaping Reading<Input>,
        change: @escaping @Sendable (inout IAMRole, Input) throws(AWSFault) -> Void
    ) -> IAMOperation {
        IAMOperation(name, on: IAMResource.role) { (call: inout IAMRequest) throws(AWSFault) in
            let (name, input) = try roleAndInput(call.call, reading)
            guard var role = call.account.latestRole(name) else { throw .noSuchRole(name) }
            try change(&role, input)
            call.write(role, named: name)
            return result
        }
    }

    /// Returns an operation that reads a role; the latest change may not be visible yet.
    static func showingRole<Input>(
        _ name: String,
        reading: @escaping Reading<Input>,
        show: @escaping @Sendable (IAMRole, Input) throws(AWSFault) -> [XMLElement]
    ) -> IAMOperation {
        IAMOperation(name, on: IAMResource.role) { (call: inout IAMRequest) throws(AWSFault) in
            let (name, input) = try roleAndInput(call.call, reading)
            guard let role = call.account.role(name, for: .iam, at: call.now) else { throw .noSuchRole(name) }
            return try show(role, input)
        }
    }

    /// Returns an operation that changes a provider; `missing` is the error if the provider does not exist.
    static func changingProvider<Input>(
        _ name: String,
        missing: @escaping @Sendable (_ arn: String) -> AWSFault = AWSFault.noSuchProvider,
        reading: @escaping Reading<Input>,
        change: @escaping @Sendable (inout IAMProvider, Input) throws(AWSFault) -> Void
    ) -> IAMOperation {
        IAMOperation(name, on: IAMResource.provider) { (call: inout IAMRequest) throws(AWSFault) in
            let (arn, input) = try providerAndInput(call.call, reading)
            guard var provider = call.account.providers.latest(arn) else { throw missing(arn) }
            try change(&provider, input)
            call.write(provider, arn: arn)
            return nil
        }
    }

    /// Returns an operation that reads a provider; `missing` is the error if the provider does not exist.
    static func showingProvider<Input>(
        _ name: String,
        missing: @escaping @Sendable (_ arn: String) -> AWSFault = AWSFault.noSuchProvider,
        reading: @escaping Reading<Input>,
        show: @escaping @Sendable (IAMProvider, Input) throws(AWSFault) -> [XMLElement]
    ) -> IAMOperation {
        IAMOperation(name, on: IAMResource.provider) { (call: inout IAMRequest) throws(AWSFault) in
            let (arn, input) = try providerAndInput(call.call, reading)
            guard let provider = call.account.providers.value(arn, for: .iam, at: call.now) else {
                throw missing(arn)
            }
            return try show(provider, input)
        }
    }

    private static func roleAndInput<Input>(
        _ call: QueryCall,
        _ reading: Reading<Input>
    ) throws(AWSFault) -> (name: String, input: Input) {
        var constraints = Constraints.iam
        let name = constraints.required(call["RoleName"], "roleName", .roleName)
        let input = try reading(call, &constraints)
        try constraints.check()
        return (name, input)
    }

    private static func providerAndInput<Input>(
        _ call: QueryCall,
        _ reading: Reading<Input>
    ) throws(AWSFault) -> (arn: String, input: Input) {
        var constraints = Constraints.iam
        let arn = constraints.arn(call, "OpenIDConnectProviderArn", "openIDConnectProviderArn")
        let input = try reading(call, &constraints)
        try constraints.check()
        return (arn, input)
    }
}
