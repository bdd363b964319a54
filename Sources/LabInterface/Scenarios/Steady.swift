extension BuiltInScenario {
    /// All mappings work, except a mapping whose role trusts another identity.
    package static let steady = BuiltInScenario(
        "steady",
        """
        summary: every mapping works, except a mapping whose role trusts another identity
        tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
        applications:
          security-aws-logging:
            identifier_uris: [api://security-aws-logging]
            service_principal_id: ee1823f6-34f4-4b8a-8fd1-925e404d170a
            role_id: 27dc233a-b082-415f-9369-e3b9aff01678
            token_version: 1
            assignment_required: true
            assigned: [logging, backup, billing, machine, pipeline]
        identities:
          logging: {principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
          backup: {}
          billing: {}
          admin: {administrator: true}
          machine: {source: azure-arc}
          pipeline: {source: client-secret}
        mappings:
          audit: {identity: logging, account: "111122223333", tags: [prod, emea]}
          audit-us: {identity: logging, account: "111122223333", region: us-east-1, tags: [prod, amer]}
          backup: {identity: backup, account: "444455556666", tags: [prod, emea]}
          backup-apac: {identity: backup, account: "444455556666", region: ap-southeast-2, tags: [prod, apac]}
          billing: {identity: billing, account: "777788889999", region: eu-central-1, tags: [finance]}
          billing-test: {identity: billing, account: "222233334444", region: eu-north-1, tags: [test]}
          payroll:
            identity: billing
            account: "777788889999"
            region: eu-central-1
            tags: [finance]
            trust: {subject: 5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55}
          archive: {via: audit, account: "444455556666", external_id: cambist-archive, tags: [prod, emea]}
        """
    )
}
