import AWS
import Federation
import Foundation
import TestSupport

@testable import Simulator

/// A signed request, and changes that invalidate it.
struct SignedCall: Sendable {
    var form: [String: String]
    var service: AWSService
    var credentials: SigningCredentials
    /// The signature's scope; the service's own when `nil`.
    var scopeRegion: String?
    var scopeService: String?
    /// The offset of the signer's clock.
    var clockOffset = Duration.zero
    /// Changes the signed headers, as a proxy might.
    var tamper: @Sendable (inout [(name: String, value: String)]) -> Void = { _ in }

    init(_ form: [String: String], _ service: AWSService, _ credentials: SigningCredentials) {
        self.form = form
        self.service = service
        self.credentials = credentials
    }
}

extension AWSHarness {
    /// Sends a signed call.
    func send(_ call: SignedCall) async -> Answer {
        let body = Data(Self.encoded(call.form).utf8)
        let sent: [(name: String, value: String)] = [
            (name: "host", value: "127.0.0.1:8080"),
            (name: "content-type", value: FormBody.contentType),
        ]
        let signer = SigV4(
            at: time.now + call.clockOffset.seconds,
            region: call.scopeRegion ?? call.service.usualRegion,
            service: call.scopeService ?? call.service.signingName
        )
        let request = SigV4.Request(method: "POST", path: "/aws/", headers: sent, body: body)
        var headers = sent + signer.authorize(request, with: call.credentials)
        call.tamper(&headers)
        let wire = WireRequest(
            method: "POST",
            path: "/",
            rawQuery: nil,
            headers: headers,
            body: body,
            at: time.now,
            sentPath: "/aws/"
        )
        return Answer(await cloud.respond(to: wire, service: call.service))
    }

    /// Calls GetCallerIdentity.
    func callerIdentity(
        _ credentials: SigningCredentials,
        region: String? = "eu-west-1",
        change: (inout SignedCall) -> Void = { _ in }
    ) async -> Answer {
        let form = ["Action": "GetCallerIdentity", "Version": "2011-06-15"]
        var call = SignedCall(form, .sts(region: region), credentials)
        change(&call)
        return await send(call)
    }
}

extension AWSService {
    /// The region that clients sign for.
    fileprivate var usualRegion: String {
        switch self {
        case .sts(let region): region == "aws-global" ? "us-east-1" : region ?? "eu-west-1"
        case .iam: "us-east-1"
        }
    }
}

extension Answer {
    /// The credentials of an exchange.
    var credentials: SigningCredentials {
        SigningCredentials(
            accessKeyID: self["AccessKeyId"] ?? "",
            secretAccessKey: Secret(self["SecretAccessKey"] ?? ""),
            sessionToken: self["SessionToken"].map(Secret.init)
        )
    }
}
