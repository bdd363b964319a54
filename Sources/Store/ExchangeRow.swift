package import Federation
import FoundationEssentials

/// A row of a query: an exchange with its token and its labels (mapping, identity, and role).
///
/// Other programs, or other versions of cambist, may have written any value. Decoding can fail, and conversions limit
/// the range of numbers.
struct ExchangeRow {
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

extension ExchangeRow {
    /// The columns of a query, in the order of ``init(_:from:)``.
    static let columns: SQL = """
        detail.id, detail.at, mapping.text, identity.text, role.text, detail.steps,
        token.fingerprint, token.header, token.payload, detail.source, detail.received, detail.seenBefore,
        detail.azureOffset, detail.azureUncertainty, detail.awsOffset, detail.awsUncertainty,
        detail.credentialExpiry, detail.accessKeyID, detail.assumedRoleARN
        """

    /// Reads ``columns`` from the index `first`; `nil` if a required value is absent.
    init?(_ row: SQLRow, from first: Int = 0) {
        guard let id = row.integer(first), let at = row.real(first + 1), let mapping = row.text(first + 2),
            let identity = row.text(first + 3), let role = row.text(first + 4),
            let steps = row.text(first + 5)
        else { return nil }
        self.init(
            id: id,
            at: at,
            mapping: mapping,
            identity: identity,
            role: role,
            steps: steps,
            fingerprint: row.text(first + 6),
            header: row.text(first + 7),
            payload: row.text(first + 8),
            source: row.text(first + 9),
            received: row.real(first + 10),
            seenBefore: row.boolean(first + 11),
            azureOffset: row.integer(first + 12),
            azureUncertainty: row.integer(first + 13),
            awsOffset: row.integer(first + 14),
            awsUncertainty: row.integer(first + 15),
            credentialExpiry: row.real(first + 16),
            accessKeyID: row.text(first + 17),
            assumedRoleARN: row.text(first + 18)
        )
    }
}

extension ExchangeRecord {
    /// Decodes a row; `nil` if this version of cambist cannot read the role or the steps.
    ///
    /// `decodedClaims` is a cache of claims by token fingerprint.
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

/// A step in the JSON array of the column `steps`.
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
        /// In seconds; earlier versions did not store this value.
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

    /// The current spelling of codes that earlier versions stored.
    private static let renamedCodes = ["cancelled": "canceled"]

    fileprivate var record: StepRecord {
        StepRecord(
            step: step,
            outcome: outcome,
            duration: .nanoseconds(nanoseconds),
            failure: failure.map { failure in
                Failure(
                    kind: Failure.Kind(rawValue: failure.kind) ?? .refused,
                    code: Self.renamedCodes[failure.code, default: failure.code],
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
