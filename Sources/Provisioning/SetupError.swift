import Diagnosis
import Federation
import Transport

/// The failure of a setup operation, with the properties that determine retries.
struct SetupError: Error, Hashable, Sendable {
    let failure: Failure
    /// Whether a later attempt may succeed.
    ///
    /// Possible causes are a temporary service error and replication lag (for example, a new object is not found).
    let isDelay: Bool
    /// Whether the service refused the request because the caller lacks a permission.
    let isDenied: Bool
    /// Whether the connection failed or timed out before a response; the service may have executed the request.
    let isResponseLost: Bool
    /// Whether the request certainly changed nothing: it was not sent, or the service refused it.
    let changesNothing: Bool
    /// Whether IAM refused a policy because one of its principals does not exist.
    let isPrincipalUnknown: Bool

    init(
        _ failure: Failure,
        isDelay: Bool = false,
        isDenied: Bool = false,
        isResponseLost: Bool = false,
        changesNothing: Bool = false,
        isPrincipalUnknown: Bool = false
    ) {
        self.failure = failure
        self.isPrincipalUnknown = isPrincipalUnknown
        self.isResponseLost = isResponseLost
        self.changesNothing = changesNothing
        self.isDelay = isDelay
        self.isDenied = isDenied
    }

    /// The codes of errors after which a retry may succeed.
    private static let delays: Set<String> = [
        "app-role-not-found", "reference-invalid", "directory-object-not-found", "application-not-replicated",
        "identifier-uri-taken", "already-exists", "provider-exists", "not-found", "principal-unknown",
        "principal-not-found", "changed-meanwhile", "service-principal-exists", "app-role-assigned",
    ]

    init(_ error: CloudError) {
        let known = error.refusal?.known?.id
        self.init(
            error.failure,
            isDelay: error.isTemporary || known.map(Self.delays.contains) ?? false,
            isDenied: error.isDenied || known == "graph-right-missing" || known == "arm-right-missing",
            isResponseLost: error.isResponseLost,
            changesNothing: error.changesNothing,
            isPrincipalUnknown: known == "principal-unknown"
        )
    }

    /// Returns the error; if a permission is missing, the message lists the required permissions.
    func naming(_ kind: SetupObject.Kind, _ act: RequiredPermissions.Operation) -> SetupError {
        guard isDenied else { return self }
        let permissions = RequiredPermissions.permissions(for: kind, to: act).joined(separator: ", ")
        return adding("Needed: \(permissions).")
    }

    /// Returns the error with a sentence added to the message.
    func adding(_ sentence: String) -> SetupError {
        SetupError(
            failure.replacing(message: "\(failure.message) \(sentence)"),
            isDelay: isDelay,
            isDenied: isDenied,
            isResponseLost: isResponseLost,
            changesNothing: changesNothing,
            isPrincipalUnknown: isPrincipalUnknown
        )
    }

    /// Returns the error; the error becomes final if the unknown principal is not a hub's role.
    ///
    /// A retry may succeed for a hub's role, because setup may just have created the role. Any other principal is part
    /// of the existing policy, so a retry would fail.
    func awaitingOnly(_ hubs: [HubGrant]) -> SetupError {
        let isHub = hubs.contains { failure.message.contains("\"\($0.hubARN)\"") }
        guard isPrincipalUnknown, !isHub else { return self }
        return SetupError(failure, changesNothing: changesNothing, isPrincipalUnknown: true)
    }
}

extension CloudError {
    /// Whether the request was not sent, or was refused with a status below 500.
    fileprivate var changesNothing: Bool {
        switch self {
        case .invalidRequest, .noToken, .noAnswer(.silent), .noAnswer(.withheld): true
        case .refused(let refusal), .tryLater(let refusal): refusal.status < 500
        case .noAnswer, .unusableCredentials, .clockBehindExpiration, .unexpectedResponse: false
        }
    }

    /// Whether the same call may succeed later.
    fileprivate var isTemporary: Bool {
        if case .noAnswer(.silent) = self { return false }
        return failure.kind == .tryAgain
    }

    fileprivate var isResponseLost: Bool {
        switch self {
        case .noAnswer(.unreachable), .noAnswer(.timedOut): true
        default: false
        }
    }
}

/// Calls IAM to store a role's trust policy.
///
/// An unknown principal is a final error, unless the principal is a hub's role.
func storeTrustPolicy(
    trusting hubs: [HubGrant],
    _ call: () async throws(CloudError) -> Void
) async throws(SetupError) {
    do throws(SetupError) {
        try await callCloud(call)
    } catch {
        throw error.awaitingOnly(hubs)
    }
}

/// Calls a cloud and converts its errors.
func callCloud<Value>(
    _ call: () async throws(CloudError) -> Value
) async throws(SetupError) -> Value {
    do throws(CloudError) {
        return try await call()
    } catch {
        throw SetupError(error)
    }
}

/// Calls AWS and converts its errors; returns `nil` if the requested entity does not exist.
func callCloudIfPresent<Value>(
    _ call: () async throws(CloudError) -> Value
) async throws(SetupError) -> Value? {
    do throws(CloudError) {
        return try await call()
    } catch {
        if error.isMissingEntity { return nil }
        throw SetupError(error)
    }
}
