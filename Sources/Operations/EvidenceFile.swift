package import Diagnosis
package import Federation
import FoundationEssentials
import Transport
import TrustPolicy

/// Reads files that replace responses of the clouds in an explanation.
package enum EvidenceFile {
    private static let sizeLimit = 4 << 20

    package static func token(_ path: String) throws(CommandFailure) -> TokenEvidence {
        TokenEvidence(saved: Secret(try text(path)))
    }

    /// Returns the claims of a saved token.
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be read or contains no token.
    package static func claims(_ path: String) throws(CommandFailure) -> Claims {
        let text = try text(path)
        do throws(TokenFormatError) {
            return try Claims(saved: Secret(text))
        } catch {
            throw CommandFailure(
                .usage,
                code: "token-file",
                "\(path) contains no token: \(error.description)",
                fix: "Use a token, its claims as JSON, or the output of `cambist claims --json`."
            )
        }
    }

    /// Returns the trust policy in a file, the policy's JSON, and the role to which the file refers.
    ///
    /// If the file contains only the policy of another role, the returned policy is ``PolicyEvidence/refused(_:)``.
    package static func policy(
        _ path: String,
        of role: RoleARN?
    ) throws(CommandFailure) -> (
        policy: PolicyEvidence, document: JSONValue?, role: PolicyEvidence.NamedRole?
    ) {
        let text = try text(path)
        return (
            PolicyEvidence(document: text, of: role), PolicyEvidence.json(in: text, of: role),
            PolicyEvidence.role(in: text)
        )
    }

    package static func providers(_ path: String) throws(CommandFailure) -> [OIDCProvider] {
        let text = try text(path)
        do throws(ProviderFormatError) {
            return try OIDCProvider.records(json: text)
        } catch {
            throw CommandFailure(
                .usage,
                code: "provider-file",
                "\(path) contains no provider records: \(error)",
                fix: "Use the output of `aws iam get-open-id-connect-provider`."
            )
        }
    }

    /// Reads a file, or stdin for `-`, as text of at most 4 MB.
    private static func text(_ path: String) throws(CommandFailure) -> String {
        let data: Data
        if path == "-" {
            do throws(FileReadError) {
                data = try BoundedFile.standardInput(limit: sizeLimit)
            } catch {
                throw unreadable(error.description)
            }
        } else {
            do throws(FileReadError) {
                data = try BoundedFile.read(path, limit: sizeLimit)
            } catch {
                throw unreadable(error.description)
            }
        }
        guard let text = utf16Text(data) ?? String(data: data, encoding: .utf8) else {
            throw unreadable("\(path) is not UTF-8 text")
        }
        return text
    }

    /// Decodes UTF-16 with a byte order mark; `nil` for other data.
    ///
    /// Windows PowerShell 5 writes redirected output in this encoding.
    private static func utf16Text(_ data: Data) -> String? {
        let isBigEndian = data.starts(with: [0xFE, 0xFF])
        guard isBigEndian || data.starts(with: [0xFF, 0xFE]), data.count.isMultiple(of: 2) else { return nil }
        let bytes = Array(data.dropFirst(2))
        let units = stride(from: 0, to: bytes.count, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func unreadable(_ problem: String) -> CommandFailure {
        CommandFailure(
            .usage,
            code: "unreadable-file",
            "\(problem).",
            fix: "Name a readable regular file, or - for stdin."
        )
    }
}
