import AWS
import Azure
import Diagnosis
import Federation
import Transport

/// Why a call of the set-up did not do what it should, and whether time alone may mend it.
struct SetupFault: Error, Hashable, Sendable {
    let failure: Failure
    /// Whether the cloud has not caught up yet: what was just made is not found, or found already.
    let isDelay: Bool
    /// Whether the right to do it is missing.
    let isDenied: Bool

    init(_ failure: Failure, isDelay: Bool = false, isDenied: Bool = false) {
        self.failure = failure
        self.isDelay = isDelay || failure.kind == .tryAgain
        self.isDenied = isDenied
    }

    /// Errors of the tables that pass once a replica has caught up.
    private static let delays: Set<String> = [
        "app-role-not-found", "reference-invalid", "directory-object-not-found", "application-not-replicated",
        "identifier-uri-taken", "already-exists", "provider-exists", "not-found", "principal-unknown",
        "principal-not-found", "changed-meanwhile", "service-principal-exists", "app-role-assigned",
    ]

    init(_ error: CloudError) {
        let known = error.refusal?.known?.id
        self.init(
            error.failure,
            isDelay: known.map(Self.delays.contains) ?? false,
            isDenied: error.isDenied || known == "graph-right-missing" || known == "arm-right-missing"
        )
    }

    /// The failure with the rights named that the object's kind needs, where rights are what is missing.
    func naming(_ kind: SetupObject.Kind, _ act: NeededRights.Act) -> SetupFault {
        guard isDenied else { return self }
        let rights = NeededRights.rights(for: kind, to: act).joined(separator: ", ")
        return SetupFault(
            Failure(
                kind: failure.kind,
                code: failure.code,
                message: "\(failure.message) Needed: \(rights).",
                fix: failure.fix,
                requestID: failure.requestID
            ),
            isDelay: isDelay,
            isDenied: true
        )
    }
}

/// Calls Azure, its errors as faults.
func azure<Value>(
    _ call: () async throws(AzureError) -> Value
) async throws(SetupFault) -> Value {
    do throws(AzureError) {
        return try await call()
    } catch {
        throw SetupFault(error)
    }
}

/// Calls AWS, its errors as faults.
func aws<Value>(
    _ call: () async throws(AWSError) -> Value
) async throws(SetupFault) -> Value {
    do throws(AWSError) {
        return try await call()
    } catch {
        throw SetupFault(error)
    }
}

/// Asks AWS for something that may not exist; `nil` when it does not.
func awsIfPresent<Value>(
    _ call: () async throws(AWSError) -> Value
) async throws(SetupFault) -> Value? {
    do throws(AWSError) {
        return try await call()
    } catch {
        if error.isMissingEntity { return nil }
        throw SetupFault(error)
    }
}
