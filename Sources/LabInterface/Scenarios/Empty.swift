extension BuiltInScenario {
    /// Only the managed identity exists.
    ///
    /// The lab's administrators in Azure and AWS can create the mapping's other objects.
    static let empty = BuiltInScenario(
        "empty",
        """
        summary: only the managed identity exists
        tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
        aws: bare
        accounts: ["444455556666"]
        applications:
          security-aws-logging:
            registered: false
            identifier_uris: ["api://{tenant_id}/security-aws-logging"]
            assignment_required: true
        identities:
          logging: {principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
          admin: {administrator: true}
        mappings:
          audit: {identity: logging, account: "111122223333"}
        """
    )
}
