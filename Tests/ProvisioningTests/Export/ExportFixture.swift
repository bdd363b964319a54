import Federation
import Testing

@testable import Provisioning

/// Mappings whose strings have the special characters of every script language.
enum ExportFixture {
    static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    static let hostile = "O'Brien \"$HOME\" `id` ${x} %{y} \\ ‘z’\n漢字"
    static let policy = #"""
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource":
        ["arn:aws:s3:::it's/${aws:username}/*", "a%{b}`c`\\d\"e"]}]}
        """#

    static let place = IdentityResource(
        subscription: "0c9d7c52-2c7c-4b7e-9f6e-5c0d7a1f2b33",
        resourceGroup: "rg (it's)",
        location: "westeurope",
        name: "logging"
    )

    /// Returns the desired state of a mapping with this identity.
    static func desiredState(
        _ identity: ManagedIdentity,
        place: IdentityResource? = nil,
        application: String = hostile,
        policies: Bool = true,
        thumbprints: [String] = [],
        partition: String = "aws"
    ) throws -> DesiredState {
        let mapping = RoleMapping(
            id: "audit",
            identity: identity.id,
            audience: "api://\(tenant)/it's-(a)$b",
            roleARN: try #require(RoleARN("arn:\(partition):iam::111122223333:role/teams/audit/reader")),
            region: "eu-west-1",
            duration: .seconds(7200),
            sessionName: "cambist",
            setup: SetupRequest(
                application: application,
                identity: place,
                managedPolicies: policies
                    ? [try #require(ARN("arn:aws:iam::aws:policy/ReadOnlyAccess"))] : [],
                inlinePolicies: policies ? ["own": "own.json"] : [:],
                thumbprints: thumbprints
            )
        )
        let configuration = Configuration(identities: [identity], mappings: [mapping])
        return try DesiredState([mapping], in: configuration) { _ throws(DesiredStateError) in policy }
    }

    /// Returns the desired state of a mapping with a hub.
    static func spoke(policies: Bool = false) throws -> DesiredState {
        let identity = ManagedIdentity(id: "logging", tenantID: tenant)
        let hub = RoleMapping(
            id: "audit",
            identity: identity.id,
            audience: "api://\(tenant)/audit",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "cambist"
        )
        let spoke = RoleMapping(
            id: "spoke",
            identity: hub.identity,
            audience: hub.audience,
            roleARN: try #require(RoleARN("arn:aws:iam::444455556666:role/spoke")),
            region: hub.region,
            sessionName: "cambist",
            setup: SetupRequest(inlinePolicies: policies ? ["own": "own.json"] : [:]),
            assumption: .hub(hub, ChainedSession())
        )
        let configuration = Configuration(identities: [identity], mappings: [hub, spoke])
        return try DesiredState([spoke], in: configuration) { _ throws(DesiredStateError) in policy }
    }

    /// Returns the desired state with an identity to create.
    static func created() throws -> DesiredState {
        try desiredState(ManagedIdentity(id: "logging", tenantID: tenant), place: place)
    }

    /// Returns the desired state with a completely configured identity.
    static func known() throws -> DesiredState {
        try desiredState(
            ManagedIdentity(
                id: "logging",
                tenantID: tenant,
                clientID: "50d69e93-b49a-4251-8683-b9bca79dea7c",
                principalID: "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
            ),
            application: "security-aws-logging",
            policies: false
        )
    }
}
