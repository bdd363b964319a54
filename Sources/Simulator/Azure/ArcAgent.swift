import Federation
import FoundationEssentials

/// The token endpoint of the Azure Arc agent.
///
/// The agent challenges a caller to send the contents of a key file that only authorized local users can read.
///
/// Source: Azure Arc, "Authenticate against Azure resources with Azure Arc-enabled servers".
enum ArcAgent {
    static let path = "/metadata/identity/oauth2/token"
    private static let versions: Set = ["2019-08-15", "2019-11-01", "2020-06-01", "2021-02-01"]

    static func respond(to request: WireRequest, in state: inout AzureState) -> WireResponse {
        guard request.path == path else { return .empty(404) }
        guard request.method == "GET" else { return .empty(405, headers: [("Allow", "GET")]) }
        guard request.header("metadata") == "true" else {
            return refusal(400, "bad_request_102", "Required metadata header not specified")
        }
        guard let version = request.query["api-version"], versions.contains(version) else {
            return refusal(400, "invalid_request", "The api-version is missing or not supported.")
        }
        guard let resource = request.query.filled("resource") else {
            return refusal(400, "invalid_request", "Required query variable 'resource' is missing")
        }
        guard let key = request.header("authorization"), key.hasPrefix("Basic "),
            state.arcKeys?.redeem(String(key.dropFirst("Basic ".count)), at: request.at) == true
        else { return challenge(in: &state, at: request.at) }
        return token(for: resource, in: &state, at: request.at)
    }

    /// Returns a token for the machine's system-assigned identity; the agent ignores selectors.
    private static func token(
        for resource: String,
        in state: inout AzureState,
        at date: Date
    ) -> WireResponse {
        guard let identity = state.arcIdentity else {
            return refusal(400, "invalid_request", "Identity not found")
        }
        do {
            let token = try state.platformToken(of: identity, for: resource, at: date)
            return .json(200, InstanceMetadata.body(token, at: date))
        } catch let error as EntraError {
            return .json(error.status, error.body(request: state.nextRequestID(), at: date))
        } catch {
            return refusal(500, "unknown", "Failed to retrieve token from the Active directory")
        }
    }

    private static func challenge(in state: inout AzureState, at date: Date) -> WireResponse {
        guard let file = state.arcKeys?.issue(at: date) else {
            return refusal(500, "unknown", "The key file cannot be written")
        }
        return .empty(401, headers: [("WWW-Authenticate", "Basic realm=\(file)")])
    }

    private static func refusal(_ status: Int, _ error: String, _ text: String) -> WireResponse {
        .json(status, .object(["error": .string(error), "error_description": .string(text)]))
    }
}

/// The key files of an Arc agent.
///
/// Each challenge has its own key file, which is valid for five minutes and for one use.
struct ArcKeyFiles: Sendable {
    private static let life = Duration.seconds(300)
    private let directory: URL
    private let seed: Seed
    private var issued = 0
    private var open: [String: (file: URL, at: Date)] = [:]

    init(directory: URL, seed: Seed) {
        self.directory = directory
        self.seed = seed
    }

    /// Writes a key file and returns its path, or `nil` if writing fails.
    mutating func issue(at date: Date) -> String? {
        discard { date.since($0) > Self.life }
        issued += 1
        let key = seed.text("Arc key \(issued)", count: 32, from: "abcdefghijklmnopqrstuvwxyz0123456789")
        let file = directory.appending(path: seed.guid("Arc key file \(issued)") + ".key")
        do {
            try PrivateFile.write(key, to: file)
        } catch {
            return nil
        }
        open[key] = (file, date)
        return file.path(percentEncoded: false)
    }

    /// Consumes a key; returns `false` if it is unknown, expired, or already used.
    mutating func redeem(_ key: String, at date: Date) -> Bool {
        guard let entry = open.removeValue(forKey: key) else { return false }
        try? FileManager.default.removeItem(at: entry.file)
        return date.since(entry.at) <= Self.life
    }

    private mutating func discard(where isOld: (Date) -> Bool) {
        for (key, entry) in open where isOld(entry.at) {
            try? FileManager.default.removeItem(at: entry.file)
            open[key] = nil
        }
    }
}
