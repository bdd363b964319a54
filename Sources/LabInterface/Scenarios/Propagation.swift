extension BuiltInScenario {
    /// Three identities, each assigned to an app role when the lab starts; two have cached tokens without the role.
    static let propagation = BuiltInScenario(
        "propagation",
        """
        summary: three new app role assignments that are not effective yet, each for a different reason
        tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
        applications:
          security-aws-logging:
            identifier_uris: [api://security-aws-logging]
            service_principal_id: ee1823f6-34f4-4b8a-8fd1-925e404d170a
            role_id: 27dc233a-b082-415f-9369-e3b9aff01678
            token_version: 1
            assignment_required: true
            assigned: [pipeline]
            just_assigned: [logging]
          open-logging:
            identifier_uris: ["api://{tenant_id}/open-logging"]
            just_assigned: [open]
          late-logging:
            identifier_uris: ["api://{tenant_id}/late-logging"]
            assignment_required: true
            just_assigned: [late]
        identities:
          logging: {principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
          open: {}
          late: {}
          admin: {administrator: true}
          pipeline: {source: client-secret}
        cached_tokens:
          - {identity: open, application: open-logging, age: 6h}
          - {identity: late, application: late-logging, age: 20h}
        watched: [required-first, not-required, required-late]
        mappings:
          required-first: {identity: logging, application: security-aws-logging, account: "111122223333"}
          not-required: {identity: open, application: open-logging, account: "111122223333"}
          required-late: {identity: late, application: late-logging, account: "111122223333"}
        """
    )
}
