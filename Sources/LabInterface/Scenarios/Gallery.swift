extension BuiltInScenario {
    /// Mappings that fail for different reasons, and a few mappings that work.
    ///
    /// Some Entra errors have no mapping:
    ///
    /// - AADSTS90023: cambist rejects a tenant that is not a GUID.
    /// - AADSTS70011: cambist rejects an audience that is not a URI.
    /// - AADSTS1002012: cambist rejects a scope without `/.default`.
    /// - AADSTS500131: Entra returns this code only in the on-behalf-of flow. The client credentials grant returns
    ///   AADSTS700212.
    /// - AADSTS50049: for an unknown tenant, Entra returns AADSTS90002.
    static let gallery = BuiltInScenario(
        "gallery",
        """
        summary: one mapping for each kind of failure
        tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
        applications:
          security-aws-logging:
            identifier_uris: [api://security-aws-logging]
            service_principal_id: ee1823f6-34f4-4b8a-8fd1-925e404d170a
            role_id: 27dc233a-b082-415f-9369-e3b9aff01678
            token_version: 1
            assignment_required: true
            assigned:
              [
                logging, detached, pod, impostor, updating, missing, throttled, failing, proxied, unreachable,
                expired-file, unpublished-file, tampered-file, no-token-file, pipeline, pipeline-certificate,
                wrong-secret, expired-secret, unknown-client, wrong-tenant, disabled-client, homeless-client,
                wrong-certificate, wrong-issuer-pod, wrong-subject-pod, wrong-audience-pod, expired-pod,
                private-pod, forged-pod, recreated,
              ]
          user-members:
            identifier_uris: ["api://{tenant_id}/user-members"]
            assignment_required: true
            member_types: [User]
          open:
            identifier_uris: ["api://{tenant_id}/open"]
            default_access: [default-access]
          open-late:
            identifier_uris: ["api://{tenant_id}/open-late"]
            just_assigned: [cached]
          without-principal: {identifier_uris: ["api://{tenant_id}/without-principal"], service_principal: missing}
          disabled: {identifier_uris: ["api://{tenant_id}/disabled"], service_principal: disabled}
          version-2: {identifier_uris: ["api://{tenant_id}/version-2"], token_version: 2, assigned: [logging]}
          guid-audience: {identifier_uris: ["api://{tenant_id}/guid"], guid_audience: true, assigned: [logging]}
        identities:
          logging: {principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}
          admin: {administrator: true}
          detached: {attached: false}
          unnamed: {selector: none}
          impostor: {claimed_principal_id: 0b8a1f2e-93a4-4d6b-8f21-5c3de0a7b944}
          recreated: {selector: resource_id, claimed_principal_id: 7c3e5a90-41d8-4b0f-a6c2-9e17d4f8b365}
          unassigned: {}
          default-access: {}
          cached: {}
          removed: {}
          updating: {trouble: updating}
          missing: {trouble: missing}
          throttled: {trouble: throttled}
          failing: {trouble: failing}
          proxied: {trouble: proxy}
          unreachable: {trouble: unreachable}
          expired-file: {source: file, token: expired}
          unpublished-file: {source: file, token: unpublished-key}
          tampered-file: {source: file, token: tampered}
          no-token-file: {source: file, token: not-a-token}
          user-file: {source: file, token: user}
          pod: {source: workload-identity}
          wrong-issuer-pod: {source: workload-identity, credential: wrong-issuer}
          wrong-subject-pod: {source: workload-identity, credential: wrong-subject}
          wrong-audience-pod: {source: workload-identity, credential: wrong-audience}
          expired-pod: {source: workload-identity, credential: expired}
          private-pod: {source: workload-identity, credential: private-issuer}
          forged-pod: {source: workload-identity, credential: wrong}
          pipeline: {source: client-secret}
          pipeline-certificate: {source: client-certificate}
          wrong-secret: {source: client-secret, credential: wrong}
          expired-secret: {source: client-secret, credential: expired}
          unknown-client: {source: client-secret, registered: false}
          wrong-tenant: {source: client-secret, claimed_tenant_id: 6f1a3c70-1f0e-4a6f-bb43-2d7f0a9c5e11}
          disabled-client: {source: client-secret, service_principal: disabled}
          homeless-client: {source: client-secret, service_principal: missing}
          wrong-certificate: {source: client-certificate, credential: wrong}
        cached_tokens:
          - {identity: cached, application: open-late, age: 6h}
          - {identity: removed, application: open-late, age: 1h, roles: [AssumeRoleWithWebIdentity]}
        mappings:
          audit: {identity: logging, account: "111122223333", tags: [works]}
          client-secret: {identity: pipeline, account: "111122223333", tags: [works]}
          client-certificate: {identity: pipeline-certificate, account: "111122223333", tags: [works]}
          workload-identity: {identity: pod, account: "111122223333", tags: [works]}

          identity-not-found: {identity: detached, tags: [imds]}
          several-identities: {identity: unnamed, tags: [imds]}
          wrong-identity: {identity: impostor, tags: [imds]}
          imds-updating: {identity: updating, tags: [imds]}
          imds-missing: {identity: missing, tags: [imds]}
          imds-throttled: {identity: throttled, tags: [imds]}
          imds-failing: {identity: failing, tags: [imds]}
          proxy-answers: {identity: proxied, tags: [imds]}
          not-imds: {identity: unreachable, tags: [imds]}

          client-secret-wrong: {identity: wrong-secret, tags: [entra]}
          client-secret-expired: {identity: expired-secret, tags: [entra]}
          client-unknown: {identity: unknown-client, tags: [entra]}
          client-disabled: {identity: disabled-client, tags: [entra]}
          client-without-principal: {identity: homeless-client, tags: [entra]}
          client-certificate-unknown: {identity: wrong-certificate, tags: [entra]}
          tenant-unknown: {identity: wrong-tenant, tags: [entra]}
          federated-issuer: {identity: wrong-issuer-pod, tags: [entra]}
          federated-subject: {identity: wrong-subject-pod, tags: [entra]}
          federated-audience: {identity: wrong-audience-pod, tags: [entra]}
          federated-token-expired: {identity: expired-pod, tags: [entra]}
          federated-issuer-private: {identity: private-pod, tags: [entra]}
          federated-key-unknown: {identity: forged-pod, tags: [entra]}

          not-assigned: {identity: unassigned, tags: [entra]}
          member-type-user: {identity: logging, application: user-members, tags: [entra]}
          resource-unknown: {identity: logging, audience: "api://security-aws-loging", tags: [entra]}
          resource-slash: {identity: logging, audience: "{audience}/", tags: [entra]}
          resource-without-principal: {identity: logging, application: without-principal, tags: [entra]}
          resource-disabled: {identity: logging, application: disabled, tags: [entra]}
          managed-identity-as-resource: {identity: logging, audience: "{client_id}", tags: [entra]}

          role-claim-missing: {identity: unassigned, application: open, account: "121212121212", tags: [token]}
          role-claim-default-access: {identity: default-access, application: open, account: "121212121212", tags: [token]}
          role-claim-cached: {identity: cached, application: open-late, account: "121212121212", tags: [token]}
          role-claim-removed: {identity: removed, application: open-late, account: "121212121212", tags: [token]}
          audience-is-guid: {identity: logging, application: guid-audience, account: "121212121212", tags: [token]}
          token-version-2:
            identity: logging
            application: version-2
            account: "121212121212"
            tags: [token]
            provider: {client_ids: ["{application_id}"]}
          token-expired: {identity: expired-file, account: "121212121212", tags: [token]}
          token-key-unpublished: {identity: unpublished-file, account: "121212121212", tags: [token]}
          token-tampered: {identity: tampered-file, account: "121212121212", tags: [token]}
          token-malformed: {identity: no-token-file, account: "121212121212", tags: [token]}
          user-token: {identity: user-file, application: open, account: "121212121212", tags: [token]}

          provider-missing: {account: "200000000001", provider: {present: false}, tags: [provider]}
          provider-without-slash:
            account: "200000000002"
            provider: {url: "https://sts.windows.net/{tenant_id}"}
            tags: [provider]
          provider-version-2:
            account: "200000000003"
            provider: {url: "https://login.microsoftonline.com/{tenant_id}/v2.0"}
            tags: [provider]
          provider-audience:
            account: "200000000004"
            provider: {client_ids: ["{application_id}"]}
            tags: [provider]
          provider-unreachable: {account: "200000000005", provider: {connection: unreachable}, tags: [provider]}
          provider-thumbprint:
            account: "200000000006"
            provider: {connection: thumbprint-mismatch}
            tags: [provider]
          provider-claim-rejected:
            account: "200000000007"
            provider: {connection: claim-rejected}
            tags: [provider]

          role-missing: {account: "111122223333", role: {present: false}, tags: [trust]}
          trust-key-without-slash:
            account: "300000000001"
            trust: {prefix: "sts.windows.net/{tenant_id}"}
            tags: [trust]
          trust-audience: {account: "300000000001", trust: {audience: "{application_id}"}, tags: [trust]}
          trust-subject-other:
            account: "300000000001"
            trust: {subject: 5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55}
            tags: [trust]
          identity-recreated:
            identity: recreated
            account: "300000000001"
            trust: {subject: 7c3e5a90-41d8-4b0f-a6c2-9e17d4f8b365}
            tags: [trust]
          trust-subject-client-id: {account: "300000000001", trust: {subject: "{client_id}"}, tags: [trust]}
          trust-subject-capitals: {account: "300000000001", trust: {subject: "{PRINCIPAL_ID}"}, tags: [trust]}
          trust-subject-wildcard: {account: "300000000001", trust: {subject: "*"}, tags: [trust]}
          trust-provider-arn:
            account: "300000000001"
            trust: {federated: "arn:aws:iam::{account}:oidc-provider/sts.windows.net/{tenant_id}"}
            tags: [trust]
          trust-action: {account: "300000000001", trust: {action: "sts:AssumeRole"}, tags: [trust]}
          trust-unknown-key:
            account: "300000000001"
            tags: [trust]
            trust:
              policy: >-
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
                "arn:aws:iam::{account}:oidc-provider/{provider}"},"Action":"sts:AssumeRoleWithWebIdentity",
                "Condition":{"StringEquals":{"{provider}:roles":"AssumeRoleWithWebIdentity"}}}]}
          trust-session-name:
            account: "300000000001"
            tags: [trust]
            trust:
              policy: >-
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
                "arn:aws:iam::{account}:oidc-provider/{provider}"},"Action":"sts:AssumeRoleWithWebIdentity",
                "Condition":{"StringEquals":{"{provider}:aud":"{audience}","{provider}:sub":"{principal_id}",
                "sts:RoleSessionName":"MicrosoftSentinel_workspace"}}}]}
          trust-explicit-deny:
            account: "300000000001"
            tags: [trust]
            trust:
              policy: >-
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
                "arn:aws:iam::{account}:oidc-provider/{provider}"},"Action":"sts:AssumeRoleWithWebIdentity",
                "Condition":{"StringEquals":{"{provider}:aud":"{audience}","{provider}:sub":"{principal_id}"}}},
                {"Effect":"Deny","Principal":{"Federated":"arn:aws:iam::{account}:oidc-provider/{provider}"},
                "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"{provider}:sub":"*"}}}]}
          trust-without-subject:
            account: "300000000001"
            tags: [trust]
            trust:
              policy: >-
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":
                "arn:aws:iam::{account}:oidc-provider/{provider}"},"Action":"sts:AssumeRoleWithWebIdentity",
                "Condition":{"StringEquals":{"{provider}:aud":"{audience}"}}}]}
          denied-by-organization:
            account: "300000000001"
            role: {denied_by_organization: true}
            tags: [trust]

          duration-too-long: {account: "400000000001", duration: 12h, tags: [sts]}
          region-disabled: {account: "400000000003", region: af-south-1, tags: [sts]}
          packed-policy-too-large:
            account: "400000000001"
            policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
            session_policy: >-
              {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",
              "Resource":"arn:aws:s3:::protocols/\(String(repeating: "\u{FC}", count: 1500))/*"}]}
            tags: [sts]
          session-policy-malformed: {account: "400000000001", session_policy: "{", tags: [sts]}
          sts-throttled: {account: "400000000002", role: {throttled: true}, tags: [sts]}

          spoke: {via: audit, account: "444455556666", external_id: cambist-spoke, tags: [works, chain]}
          chain-not-permitted: {via: audit, account: "444455556666", permitted: false, tags: [chain]}
          chain-untrusted:
            via: audit
            account: "444455556666"
            trust: {principal: "arn:aws:iam::111122223333:role/client-secret"}
            tags: [chain]
          chain-external-id:
            via: audit
            account: "444455556666"
            external_id: cambist-spoke
            trust: {external_id: partner-4711}
            tags: [chain]
          chain-external-id-missing:
            via: audit
            account: "444455556666"
            trust: {external_id: cambist-spoke}
            tags: [chain]
          chain-tags:
            via: audit
            account: "444455556666"
            session_tags: {team: logging}
            trust:
              policy: >-
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{hub_role}"},
                "Action":"sts:AssumeRole"}]}
            tags: [chain]
          chain-role-missing: {via: audit, account: "444455556666", role: {present: false}, tags: [chain]}
          chain-hub-fails: {via: not-assigned, account: "444455556666", tags: [chain]}
        """
    )
}
