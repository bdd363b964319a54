package import Federation
import Foundation
import GRDB

/// A row that a query joins: an exchange with the texts of its labels (see `LabelSearch`) and its token.
///
/// Other programs or earlier versions may have written any value: rows that cannot be decoded are skipped, and
/// numbers are bounded when they are converted.
struct ExchangeRow: Codable, FetchableRecord {
    var id: Int
    var at: Double
    var mapping: String
    var identity: String
    var role: String
    var steps: String
    var fingerprint: String?
    var header: String?
    var payload: String?
    var source: String?
    var received: Double?
    var seenBefore: Bool?
    /// In nanoseconds, like the other offsets and uncertainties.
    var azureOffset: Int?
    var azureUncertainty: Int?
    var awsOffset: Int?
    var awsUncertainty: Int?
    var credentialExpiry: Double?
    var accessKeyID: String?
    var assumedRoleARN: String?
}

extension ExchangeRecord {
    /// Decodes a row; `nil` if it contains values that no version of cambist writes.
    ///
    /// `decodedClaims` caches decoded claims by token fingerprint.
    init?(_ row: ExchangeRow, _ decodedClaims: inout [String: Claims]) {
        guard let role = RoleARN(row.role),
            let steps = try? JSONDecoder().decode([StoredStep].self, from: Data(row.steps.utf8))
        else { return nil }
        self.init(
            id: row.id,
            at: Date(storedSeconds: row.at),
            mapping: row.mapping,
            identity: row.identity,
            roleARN: role,
            steps: steps.map(StepRecord.init),
            token: TokenFacts(row, &decodedClaims),
            credentialExpiry: row.credentialExpiry.map { Date(storedSeconds: $0) },
            accessKeyID: row.accessKeyID,
            assumedRoleARN: row.assumedRoleARN,
            clockOffset: ClockOffset(nanoseconds: row.awsOffset, uncertainty: row.awsUncertainty)
        )
    }
}

extension TokenFacts {
    fileprivate init?(_ row: ExchangeRow, _ decodedClaims: inout [String: Claims]) {
        guard let fingerprint = row.fingerprint, let claims = decodedClaims[fingerprint] ?? Claims(row),
            let source = row.source.flatMap(TokenSourceKind.init), let received = row.received
        else { return nil }
        decodedClaims[fingerprint] = claims
        self.init(
            fingerprint: fingerprint,
            claims: claims,
            source: source,
            received: Date(storedSeconds: received),
            seenBefore: row.seenBefore ?? false,
            clockOffset: ClockOffset(nanoseconds: row.azureOffset, uncertainty: row.azureUncertainty)
        )
    }
}

extension Claims {
    fileprivate init?(_ row: ExchangeRow) {
        guard let header = row.header.flatMap({ JSONValue(text: $0) })?.members,
            let payload = row.payload.flatMap({ JSONValue(text: $0) })?.members
        else { return nil }
        self.init(header: header, payload: payload)
    }
}

extension ClockOffset {
    fileprivate init?(nanoseconds offset: Int?, uncertainty: Int?) {
        guard let offset, let uncertainty else { return nil }
        self.init(offset: .nanoseconds(offset), uncertainty: .nanoseconds(uncertainty))
    }
}

/// A step as stored in the column `steps`, an element of a JSON array.
package struct StoredStep: Codable {
    private let step: ExchangeStep
    private let outcome: StepOutcome
    private let nanoseconds: Int
    private let failure: StoredFailure?
    private let note: String?
    private let requestID: String?

    private struct StoredFailure: Codable {
        let kind: String
        let code: String
        let message: String
        let fix: String
        let requestID: String?
        /// The value in seconds; absent in rows of earlier versions.
        let retryAfter: Double?
    }

    package init(_ step: StepRecord) {
        self.step = step.step
        outcome = step.outcome
        nanoseconds = step.duration.nanoseconds
        failure = step.failure.map { failure in
            StoredFailure(
                kind: failure.kind.rawValue,
                code: failure.code,
                message: failure.message,
                fix: failure.fix,
                requestID: failure.requestID,
                retryAfter: failure.retryAfter?.seconds
            )
        }
        note = step.note
        requestID = step.requestID
    }

    fileprivate var record: StepRecord {
        StepRecord(
            step: step,
            outcome: outcome,
            duration: .nanoseconds(nanoseconds),
            failure: failure.map { failure in
                Failure(
                    kind: Failure.Kind(rawValue: failure.kind) ?? .refused,
                    code: failure.code,
                    message: failure.message,
                    fix: failure.fix,
                    requestID: failure.requestID,
                    retryAfter: failure.retryAfter.map(Duration.init(clampingSeconds:))
                )
            },
            note: note,
            requestID: requestID
        )
    }
}

extension StepRecord {
    /// Decodes a stored step.
    package init(_ stored: StoredStep) {
        self = stored.record
    }
}
