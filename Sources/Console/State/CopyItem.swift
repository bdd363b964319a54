import Drawing
import Federation

/// Something of a mapping that may be copied to the clipboard.
package enum CopyItem: String, CaseIterable, Hashable, Sendable {
    case roleARN
    case assumedRoleARN
    case accessKeyID
    case claims
    case explanation
    case exports

    var label: String {
        switch self {
        case .roleARN: "role ARN"
        case .assumedRoleARN: "assumed role ARN"
        case .accessKeyID: "access key id"
        case .claims: "claims as JSON"
        case .explanation: "what failed and why"
        case .exports: "exports with credentials"
        }
    }

    /// Whether it must be asked about first, and is not in the console's state.
    var isSecret: Bool { self == .exports }

    func isThere(in row: MappingRow) -> Bool {
        isSecret ? row.credentials != nil : !text(of: row).isEmpty
    }

    /// Itself; nothing where there is none, or where it is secret.
    func text(of row: MappingRow) -> String {
        switch self {
        case .roleARN: row.mapping.roleARN.description
        case .assumedRoleARN: row.lastRecord?.assumedRoleARN ?? ""
        case .accessKeyID: row.credentials?.accessKeyID ?? ""
        case .claims: row.lastRecord?.token.map { JSONValue.object($0.claims.payload).compactText } ?? ""
        case .explanation: row.lastRecord?.failure.map { "\($0.code): \($0.message)\n\($0.fix)" } ?? ""
        case .exports: ""
        }
    }
}
