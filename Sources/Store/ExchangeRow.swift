import Federation
import Foundation
import GRDB

/// An exchange as `detail` has it, with the texts and the token that it refers to.
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
    /// Nanoseconds, as the other offsets and uncertainties.
    var azureOffset: Int?
    var azureUncertainty: Int?
    var awsOffset: Int?
    var awsUncertainty: Int?
    var credentialExpiry: Double?
    var accessKeyID: String?
    var assumedRoleARN: String?
}

extension ExchangeRecord {
    /// The exchange of a row; `nil` when somebody else has written it and it makes no sense.
    ///
    /// `known` has the claims of tokens that were read already, by their fingerprints.
    init?(_ row: ExchangeRow, _ known: inout [String: Claims]) {
        guard let role = RoleARN(row.role),
            let steps = try? JSONDecoder().decode([StoredStep].self, from: Data(row.steps.utf8))
        else { return nil }
        self.init(
            id: row.id,
            at: Date(timeIntervalSince1970: row.at),
            mapping: row.mapping,
            identity: row.identity,
            roleARN: role,
            steps: steps.map(StepRecord.init),
            token: TokenFacts(row, &known),
            credentialExpiry: row.credentialExpiry.map(Date.init(timeIntervalSince1970:)),
            accessKeyID: row.accessKeyID,
            assumedRoleARN: row.assumedRoleARN,
            clockOffset: ClockOffset(nanoseconds: row.awsOffset, uncertainty: row.awsUncertainty)
        )
    }
}

extension TokenFacts {
    fileprivate init?(_ row: ExchangeRow, _ known: inout [String: Claims]) {
        guard let fingerprint = row.fingerprint, let claims = known[fingerprint] ?? Claims(row),
            let source = row.source.flatMap(TokenSourceKind.init), let received = row.received
        else { return nil }
        known[fingerprint] = claims
        self.init(
            fingerprint: fingerprint,
            claims: claims,
            source: source,
            received: Date(timeIntervalSince1970: received),
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
    init?(nanoseconds offset: Int?, uncertainty: Int?) {
        guard let offset, let uncertainty else { return nil }
        self.init(offset: .nanoseconds(offset), uncertainty: .nanoseconds(uncertainty))
    }
}
