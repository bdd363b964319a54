import ArgumentParser
import Diagnosis
import Federation
import FoundationEssentials
import Operations

/// An output that contains only an error.
struct EmptyReport: Encodable {
    let version = 1
    let error: ErrorReport
}

/// A step of an exchange in the output of `test --json` and `history --json`.
struct StepReport: Encodable {
    let step: ExchangeStep
    let outcome: StepOutcome
    let ms: Int
    let code: Nullable<String>
    let message: Nullable<String>
    let requestId: Nullable<String>

    init(_ record: StepRecord) {
        step = record.step
        outcome = record.outcome
        ms = record.duration.milliseconds
        code = Nullable(record.code)
        message = Nullable(record.message)
        requestId = Nullable(record.requestID)
    }
}

/// The output of `test --json`.
struct TestReport: Encodable {
    struct Mapping: Encodable {
        let name: String
        let outcome: StepOutcome
        let steps: [StepReport]
        let credentialExpiry: Nullable<Date>
        /// After a failure or a warning, the first cause that the operator can fix, if any.
        let cause: Cause?
        /// After a failure or a warning, the credentials with which cambist read the clouds.
        let sources: [CloudSource]?
        let policySource: String?
        let policyReadAt: String?
        let issuerReadAt: String?

        init(_ test: MappingTest) {
            let (record, inspection) = (test.record, test.answer?.inspection)
            cause = test.cause
            sources = inspection?.credentials
            policySource = inspection?.source.name
            policyReadAt = inspection?.at.utcText
            issuerReadAt = inspection?.facts?.issuerAt?.utcText
            name = record.mapping
            outcome = record.outcome
            steps = record.steps.map(StepReport.init)
            credentialExpiry = Nullable(record.credentialExpiry)
        }
    }

    let version = 1
    let mappings: [Mapping]
    /// The number of mappings whose trust policy cambist did not read; these mappings have no failure or warning.
    let unreadPolicies: Int
    var error: ErrorReport?
}

/// The output of `exchange --format json`, which contains the credentials.
struct ExchangeReport: Encodable {
    let version = 1
    let mapping: String
    let roleArn: Nullable<String>
    var assumedRoleArn: String?
    var accessKeyId: String?
    var secretAccessKey: String?
    var sessionToken: String?
    var expiration: Date?
    var region: String?
    var error: ErrorReport?

    init(_ mapping: RoleMapping, _ credentials: SessionCredentials) {
        self.init(mapping: mapping.id, roleARN: mapping.roleARN)
        assumedRoleArn = credentials.assumedRoleARN
        accessKeyId = credentials.accessKeyID
        secretAccessKey = credentials.secretAccessKey.reveal()
        sessionToken = credentials.sessionToken.reveal()
        expiration = credentials.expiration
        region = credentials.region
    }

    init(
        mapping: RoleMapping.ID,
        roleARN: RoleARN? = nil,
        region: String? = nil,
        error: ErrorReport? = nil
    ) {
        self.mapping = mapping
        roleArn = Nullable(roleARN?.description)
        self.region = region
        self.error = error
    }
}

/// The output of `claims --json`.
struct ClaimsReport: Encodable {
    let version = 1
    let mapping: String
    var header: [String: JSONValue]?
    var claims: [String: JSONValue]?
    var signature: String?
    /// The reason why the signature is invalid or could not be verified; absent without a signature check.
    var signatureReason: String?
    var seenBefore: Bool?
    var source: String?
    /// Present only if the claims were compared with other claims.
    var differences: [ClaimDifferenceReport]?
    var error: ErrorReport?
}

/// A command whose output is JSON, even for failures.
protocol JSONAnswering: ParsableArguments {
    /// Whether the arguments request JSON output.
    var answersInJSON: Bool { get }
    /// Returns whether the output for these arguments is a stream of objects, one per line.
    static func answersInLines(_ arguments: [String]) -> Bool

    /// Returns the output of a command that failed before it printed any output.
    func report(_ error: ErrorReport) -> any Encodable
}

extension JSONAnswering {
    static func answersInLines(_ arguments: [String]) -> Bool { false }
}
