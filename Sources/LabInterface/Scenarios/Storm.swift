extension BuiltInScenario {
    /// All mappings are correct, but about a third of the requests are throttled, fail, are slow, or are cut off.
    static let storm = BuiltInScenario(
        "storm",
        """
        summary: throttling, server errors, slow responses, and interrupted connections
        tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
        delays: {minting: 1s}
        storm: {throttled: 0.1, failing: 0.1, slow: 0.1, cut: 0.05, slowness: 3s}
        applications:
          security-aws-logging:
            identifier_uris: [api://security-aws-logging]
            service_principal_id: ee1823f6-34f4-4b8a-8fd1-925e404d170a
            role_id: 27dc233a-b082-415f-9369-e3b9aff01678
            token_version: 1
            assignment_required: true
            assigned: [logging, backup, billing, pipeline]
        identities:
          logging: {principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
          backup: {}
          billing: {}
          admin: {administrator: true}
          pipeline: {source: client-secret}
        mappings:
          audit: {identity: logging, account: "111122223333"}
          audit-us: {identity: logging, account: "111122223333", region: us-east-1}
          backup: {identity: backup, account: "444455556666"}
          backup-apac: {identity: backup, account: "444455556666", region: ap-southeast-2}
          billing: {identity: billing, account: "777788889999", region: eu-central-1}
          billing-test: {identity: billing, account: "222233334444", region: eu-north-1}
        """
    )
}
