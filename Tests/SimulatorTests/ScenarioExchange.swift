import Federation
import Foundation
import JWTKit
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Exchanges the mappings of a scenario by plain HTTP requests.
struct ScenarioExchange {
    let client: LabClient
    let plan: LabPlan
    private let files: LabFiles

    init(_ client: LabClient, scenario: String) throws {
        self.client = client
        let scenario = try Scenario.load(scenario)
        plan = LabPlan(scenario, seed: Seed(value: scenario.seed), speed: Speed(factor: scenario.speed))
        let file = URL(filePath: try client.variable("CAMBIST_LAB_FEDERATED_TOKEN_FILE"))
        files = LabFiles(directory: file.deletingLastPathComponent())
    }

    /// The outcome of an exchange.
    enum Outcome: Hashable, Sendable {
        /// The token endpoint refused: status and error text.
        case refused(Int, String)
        /// STS refused: code and message.
        case denied(String, String)
        case exchanged
    }

    /// Requests a mapping's token and exchanges it with STS.
    func run(_ mapping: PlannedMapping) async throws -> Outcome {
        let token: String
        if mapping.identity.scenario.source == .file {
            token = try String(contentsOf: files.token(of: mapping.identity), encoding: .utf8)
        } else {
            let answer = try await requestToken(for: mapping)
            guard answer.status == 200, let text = answer.json["access_token"]?.string else {
                let error = answer.json["error_description"]?.string ?? answer.text
                return .refused(answer.status, error)
            }
            token = text
        }
        return try await exchange(token, for: mapping)
    }

    private func requestToken(for mapping: PlannedMapping) async throws -> HTTPResponse {
        let identity = mapping.identity
        var form = [
            "grant_type": "client_credentials", "client_id": identity.clientID,
            "scope": mapping.audience + "/.default",
        ]
        switch identity.scenario.source {
        case .instanceMetadata, .azureArc, .file:
            var query = ["api-version": "2018-02-01", "resource": mapping.audience]
            switch identity.scenario.selector {
            case .clientID: query["client_id"] = identity.clientID
            case .principalID: query["object_id"] = identity.principalID
            case .resourceID: query["msi_res_id"] = identity.resourceID
            case .none: break
            }
            return try await client.metadata(LabClient.encoded(query))
        case .clientSecret:
            form["client_secret"] = try String(contentsOf: files.secret(of: identity), encoding: .utf8)
        case .clientCertificate:
            let pem = try String(contentsOf: files.certificate(of: identity), encoding: .utf8)
            form["client_assertion"] = try await ClientSigner(pem: pem).assertion(
                clientID: identity.clientID,
                audience: "\(client.lab.url)/login/\(plan.tenantID)/oauth2/v2.0/token",
                at: client.time.now
            )
        case .workloadIdentity:
            form["client_assertion"] = try String(
                contentsOf: files.federatedToken(of: identity),
                encoding: .utf8
            )
        }
        if form["client_assertion"] != nil { form["client_assertion_type"] = ClientAssertion.type }
        let tenant = identity.scenario.claimedTenantID ?? plan.tenantID
        return try await client.post("/login/\(tenant)/oauth2/v2.0/token", form: form)
    }

    private func exchange(_ token: String, for mapping: PlannedMapping) async throws -> Outcome {
        var form = [
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": mapping.roleARN,
            "RoleSessionName": "test", "WebIdentityToken": token,
        ]
        if let duration = mapping.scenario.duration {
            form["DurationSeconds"] = String(duration.components.seconds)
        }
        for (index, arn) in mapping.scenario.policyARNs.enumerated() {
            form["PolicyArns.member.\(index + 1).arn"] = arn
        }
        form["Policy"] = mapping.scenario.sessionPolicy
        let answer = try await client.post("/sts/\(mapping.scenario.region)", form: form)
        guard answer.status == 200 else {
            return .denied(Self.element("Code", in: answer.text), Self.element("Message", in: answer.text))
        }
        return .exchanged
    }

    private static func element(_ name: String, in text: String) -> String {
        let rest = text.components(separatedBy: "<\(name)>").dropFirst().first ?? ""
        return rest.components(separatedBy: "</\(name)>").first ?? ""
    }
}
