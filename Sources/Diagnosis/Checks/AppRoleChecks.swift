import Federation
import FoundationEssentials

extension Check {
    /// Checks that the token contains the app role.
    ///
    /// AWS never reads `roles`, so no cause of this check blocks the exchange.
    static let appRole = Check(
        .token,
        [
            CheckRow(
                "role-still-cached",
                .informs,
                cause: "The app role assignment was removed, but the token still contains the role.",
                evidence: { context in
                    guard let claims = context.claims, let role = context.request.appRole,
                        claims.roles.contains(role), let facts = context.evidence.assignment,
                        facts.assigned == nil
                    else { return nil }
                    return "roles has \(role), and Microsoft Graph shows no assignment"
                },
                fix: { context in
                    let end = context.claims?.expiry.map { " (at \($0.text))" } ?? ""
                    return Fix(
                        "Decide whether to revoke access before the token expires\(end). If so, remove the identity's sub "
                            + "from the trust policy, then revoke the role's sessions (in the AWS console: IAM, Roles, "
                            + "the role, Revoke sessions). `cambist setup destroy MAPPING` removes a sub that setup "
                            + "added, but also deletes other objects of the mapping, such as a role that setup created."
                    )
                }
            ),
            CheckRow(
                "role-unassigned",
                .informs,
                cause: "The identity is not assigned to the app role.",
                evidence: { context in
                    guard let seen = context.missingAppRole, let facts = context.evidence.assignment,
                        facts.assigned == nil
                    else { return nil }
                    return "\(seen), and Microsoft Graph shows no assignment"
                },
                fix: { $0.assignment }
            ),
            CheckRow(
                "token-cached",
                .informs,
                cause: "The token was issued before the assignment took effect.",
                evidence: { context in
                    guard let seen = context.missingAppRole,
                        let assigned = context.evidence.assignment?.assigned,
                        let issued = context.claims?.issuedAt, context.precedesRoleClaim(assigned)
                    else { return nil }
                    return
                        "\(seen); the token was issued at \(issued.text), and the app role was assigned at \(assigned.text)"
                },
                fix: { Fix("\($0.tokenRenewal.capitalizingFirst).") }
            ),
            CheckRow(
                "role-not-in-new-token",
                .informs,
                cause: "The token is newer than the assignment but still lacks the app role.",
                evidence: { context in
                    guard let seen = context.missingAppRole,
                        let assigned = context.evidence.assignment?.assigned,
                        !context.precedesRoleClaim(assigned)
                    else { return nil }
                    return "\(seen); assigned at \(assigned.text)"
                },
                fix: { $0.assignment },
                possibleCauses: { context in
                    PossibleCauses(
                        [
                            "the assignment is to a different service principal",
                            "the assignment is to a group",
                            "the assignment is to Default Access, which adds no role to the token",
                        ],
                        toFindOut:
                            "List appRoleAssignedTo of the audience's service principal: principalId must be "
                            + "\(context.claims?.objectID ?? "the identity's object ID"), and appRoleId must be "
                            + "the app role's ID."
                    )
                }
            ),
            CheckRow(
                "app-role-missing",
                .informs,
                cause: "The token lacks the app role that the mapping expects; AWS does not check app roles.",
                evidence: { context in
                    guard let seen = context.missingAppRole, context.evidence.assignment == nil else {
                        return nil
                    }
                    let issued = context.claims?.issuedAt.map { "; issued at \($0.text)" } ?? ""
                    let repeated = "; the source returned the same token as before"
                    return seen + issued + (context.isTokenRepeated ? repeated : "")
                },
                fix: { context in
                    Fix(
                        "If the app role was assigned after the token was issued, \(context.tokenRenewal). Otherwise, "
                            + "assign the app role to the identity's service principal, not to a group:",
                        commands: context.assignment.commands
                    )
                },
                possibleCauses: { _ in
                    PossibleCauses(
                        [
                            "the token was issued before the assignment",
                            "the assignment is missing or to a different principal",
                            "the assignment is to a group",
                            "the assignment is to Default Access, which adds no role to the token",
                        ],
                        toFindOut:
                            "Entra backdates iat by five minutes. If the assignment's createdDateTime in Graph is later than iat "
                            + "+ 5 min, the token was issued before the assignment."
                    )
                }
            ),
            CheckRow(
                "assignment-not-required",
                .informs,
                cause: "Identities without the app role can also get a token for the audience.",
                evidence: { context in
                    guard context.claims != nil, context.request.appRole != nil,
                        context.evidence.assignment?.isRequired == false
                    else { return nil }
                    return "appRoleAssignmentRequired is false"
                },
                fix: { context in
                    Fix(
                        context.offeringSetup(
                            or:
                                "Require the assignment; users and identities without an assignment then receive no "
                                + "new tokens for the audience (tokens that were issued before remain valid until they "
                                + "expire):"
                        ),
                        commands: [context.assignmentRequirement].compactMap(\.self)
                    )
                }
            ),
        ]
    )
}

extension DiagnosisContext {
    /// The evidence that the token lacks the expected app role; `nil` if a different token is needed.
    fileprivate var missingAppRole: String? {
        guard let claims, let role = request.appRole, !claims.roles.contains(role), !needsOtherToken else {
            return nil
        }
        let seen = claims.payload["roles"].map { "roles is \($0.compactText)" } ?? "the token has no roles"
        return "\(seen); the mapping expects \(role)"
    }

    /// The advice to get a token that was issued after the assignment took effect, as an imperative without a period.
    ///
    /// The services of a host cache tokens; Entra's token endpoint issues a token for each request.
    fileprivate var tokenRenewal: String {
        let effect = evidence.assignment?.assigned.map { $0 + bound(.roleClaim).seconds }
        let time = effect.map { " after \($0.text)" } ?? ""
        let test = "test again\(time) (`cambist test MAPPING`)"
        let end = claims?.expiry.map { "by \($0.text)" } ?? "when this one expires"
        return switch tokenSource?.origin {
        case .hostService?:
            "wait: the host fetches a new token \(end) and cannot be forced to renew it earlier"
        case .entra?: "\(test): Entra issues a new token for each request"
        case .local?: "get a new token from the source\(time), then test again (`cambist test MAPPING`)"
        case nil:
            "\(test); if the host caches the token, it fetches a new one \(end) and cannot be forced to renew it earlier"
        }
    }

    /// Whether the token may lack the role because the token was issued too soon after the assignment.
    fileprivate func precedesRoleClaim(_ assigned: Date) -> Bool {
        guard let issued = latestIssueDate else { return false }
        return issued < assigned + bound(.roleClaim).seconds
    }
}

extension Fix {
    /// Returns the command that replaces an application's app roles.
    ///
    /// A PATCH replaces the whole list of app roles. The command changes nothing if the list changed after cambist read
    /// `roles`.
    private static func replacement(
        of roles: JSONValue,
        by corrected: JSONValue,
        of application: String,
        in context: DiagnosisContext
    ) -> ShellCommand {
        let url: ShellCommand = "\"\(context.graph)/applications(appId='\(application)')\""
        let equality: JMESPath =
            "sort_by(appRoles[].{allowedMemberTypes: allowedMemberTypes, description: description || `\"\"`, displayName: displayName, id: id, isEnabled: isEnabled, value: value}, &id) == \(roles.appRoleProperties)"
        let body = JSONValue.object(["appRoles": corrected]).compactText
        return "test \"$(az rest -m GET -u \(url) --query \(equality) -o json)\" = true && "
            + "az rest -m PATCH -u \(url) -b \(body)"
    }

    /// Makes the app role assignable to applications, then assigns it.
    static func memberType(in context: DiagnosisContext) -> Fix {
        guard let facts = context.evidence.assignment, let application = facts.applicationID,
            let corrected = facts.appRole?.correctedRoles, let read = facts.appRole?.readRoles
        else {
            return Fix(
                context.offeringSetup(
                    or:
                        "Add Application to the allowedMemberTypes of the app role (portal: App registrations, the "
                        + "application, Manifest) and then assign the role."
                )
            )
        }
        let assignment = context.assignment
        let change = replacement(of: read, by: corrected, of: application, in: context)
        // The exit status of the loop is 0 after `break`, and the status of the last attempt without `break`.
        let retries = assignment.commands.suffix(1).map { command in
            "\(change) &&\nfor i in 1 2 3 4 5 6; do test $i = 1 || sleep 10; \(command) && break; done"
                as ShellCommand
        }
        return Fix(
            context.offeringSetup(
                or:
                    "Add Application to the app role's allowedMemberTypes and then assign the role."
            ),
            introduction:
                "Graph refuses the assignment until the new member type has replicated, so the command repeats the assignment:",
            commands: assignment.commands.dropLast() + retries
        )
    }
}

extension JSONValue {
    /// The properties of app roles that a replacement writes, sorted by ID.
    fileprivate var appRoleProperties: JSONValue {
        guard case .array(let roles) = self else { return self }
        let names = ["allowedMemberTypes", "description", "displayName", "id", "isEnabled", "value"]
        let properties = roles.map { role in
            JSONValue.object(Dictionary(uniqueKeysWithValues: names.map { ($0, role[$0] ?? .null) }))
        }
        return .array(properties.sorted { ($0["id"]?.string ?? "") < ($1["id"]?.string ?? "") })
    }
}
