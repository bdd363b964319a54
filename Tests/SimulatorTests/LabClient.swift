import Federation
import Foundation
import Logging
import TestSupport
import Testing
import Transport

@testable import Simulator

/// An HTTP client of a lab that runs for one test, with a manual clock.
struct LabClient {
    let lab: RunningLab
    let time: ManualTime
    private let transport: HTTPTransport

    /// Runs `body` against a new lab.
    static func with(
        _ options: LabOptions = LabOptions(),
        _ body: (LabClient) async throws -> Void
    ) async throws {
        let time = ManualTime(start: Date(timeIntervalSince1970: 1_790_000_000))
        let lab = try await Lab.start(options, time: time)
        let transport = try HTTPTransport(
            caFile: lab.environment.first { $0.name == "SSL_CERT_FILE" }?.value,
            time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            try await body(LabClient(lab: lab, time: time, transport: transport))
        } catch {
            Issue.record(error)
        }
        await transport.shutDown()
        await lab.stop()
    }

    /// Sends a request to a path below the lab's address, or to another address.
    func send(
        _ method: HTTPRequest.Method = .get,
        _ path: String,
        headers: [String: String] = [:],
        body: String? = nil
    ) async throws -> HTTPResponse {
        let address = path.hasPrefix("/") ? lab.url.absoluteString + path : path
        let url = try #require(URL(string: address))
        return try await transport.send(
            HTTPRequest(
                method,
                url,
                headers: headers.map { HTTPRequest.HeaderField($0.key, $0.value) },
                body: body.map(Secret.init)
            )
        )
    }

    /// Sends a form with POST.
    func post(_ path: String, form: [String: String]) async throws -> HTTPResponse {
        try await send(
            .post,
            path,
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Self.encoded(form)
        )
    }

    /// Sends a request to instance metadata with the required header.
    func metadata(_ query: String) async throws -> HTTPResponse {
        try await send(.get, "/metadata/identity/oauth2/token?" + query, headers: ["Metadata": "true"])
    }

    /// Requests a token of an identity for a resource from instance metadata.
    func metadata(clientID: String, resource: String) async throws -> HTTPResponse {
        try await metadata(
            Self.encoded(["api-version": "2018-02-01", "client_id": clientID, "resource": resource])
        )
    }

    /// Returns the claims of a token from instance metadata.
    func claims(_ query: String) async throws -> Claims {
        let response = try await metadata("api-version=2018-02-01&" + query)
        return try Claims(decoding: Secret(try #require(response.json["access_token"]?.string)))
    }

    /// Returns the value of an exported variable.
    func variable(_ name: String) throws -> String {
        try #require(lab.environment.first { $0.name == name }?.value)
    }

    /// Percent-encodes everything but letters and digits of a form or query.
    static func encoded(_ form: [String: String]) -> String {
        form.sorted { $0.key < $1.key }.map { pair in
            [pair.key, pair.value]
                .map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
                .joined(separator: "=")
        }.joined(separator: "&")
    }
}

extension JSONValue {
    /// Returns the elements of an array; throws for another value.
    func elements() throws -> [JSONValue] {
        guard case .array(let elements) = self else {
            throw LabClientError.notAnArray(compactText)
        }
        return elements
    }
}

/// A value that a test requires is missing.
enum LabClientError: Error {
    case notAnArray(String)
}

extension HTTPResponse {
    /// The body as JSON.
    var json: JSONValue {
        (try? JSONValue(parsing: body)) ?? .null
    }

    /// The body as text.
    var text: String {
        String(decoding: body, as: UTF8.self)
    }
}
