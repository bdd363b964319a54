import AWS
import Federation
import FoundationEssentials

/// Validates the signature of a request, in AWS's order of checks.
///
/// Source: published experiments with STS, July 2026; error messages as quoted in public issues.
struct SignatureCheck: Sendable {
    let service: AWSService
    let now: Date

    /// The maximum difference between the request's time and AWS's clock, as in the errors of STS and IAM.
    private static let tolerance = Duration.seconds(15 * 60)

    /// Checks that the credential scope matches the service, the service's region, and the day of the request.
    func checkScope(_ header: AuthorizationHeader) throws(AWSFault) {
        var problems: [String] = []
        if !service.accepts(signingRegion: header.region) {
            problems.append("Credential should be scoped to a valid region. ")
        }
        if header.service != service.signingName {
            problems.append("Credential should be scoped to correct service: '\(service.signingName)'. ")
        }
        if header.terminator != "aws4_request" {
            problems.append(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '\(header.terminator)'. "
            )
        }
        let day = header.timestamp.prefix(8)
        if header.date != day {
            problems.append(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + "'\(header.date)' != '\(day)', from '\(header.timestamp)'. "
            )
        }
        if !problems.isEmpty { throw Self.mismatch(problems.joined()) }
    }

    /// Checks the time of the request and its signature, using the secret of the access key.
    func checkSignature(
        _ header: AuthorizationHeader,
        of request: WireRequest,
        secret: Secret
    ) throws(AWSFault) {
        try checkClock(header.timestamp)
        let mustBeSigned = [
            ("host", "'Host' or ':authority'"), ("x-amz-security-token", "'X-Amz-Security-Token'"),
        ]
        for (name, shown) in mustBeSigned where request.header(name) != nil {
            if !header.signedHeaders.contains(name) {
                throw Self.mismatch("\(shown) must be a 'SignedHeader' in the AWS Authorization.")
            }
        }
        let signer = SigV4(timestamp: header.timestamp, region: header.region, service: header.service)
        let signed = SigV4.Request(
            method: request.method,
            path: request.sentPath ?? request.path,
            query: request.rawQuery ?? "",
            headers: request.headers,
            body: request.body
        )
        let names = header.signedHeaders
        guard names == names.sorted(), names.allSatisfy({ request.header($0) != nil }),
            signer.signature(of: signed, signing: names, secret: secret) == header.signature
        else {
            throw Self.mismatch(
                "The request signature we calculated does not match the signature you provided. Check your AWS "
                    + "Secret Access Key and signing method. Consult the service documentation for details."
            )
        }
    }

    private func checkClock(_ timestamp: String) throws(AWSFault) {
        guard let sent = SigV4.date(of: timestamp) else { return }
        let (server, minutes) = (SigV4.timestamp(of: now), Self.tolerance.wholeSeconds / 60)
        let earliest = now - Self.tolerance.seconds
        if sent < earliest {
            throw Self.mismatch(
                "Signature expired: \(timestamp) is now earlier than \(SigV4.timestamp(of: earliest)) "
                    + "(\(server) - \(minutes) min.)"
            )
        }
        let latest = now + Self.tolerance.seconds
        if sent > latest {
            throw Self.mismatch(
                "Signature not yet current: \(timestamp) is still later than \(SigV4.timestamp(of: latest)) "
                    + "(\(server) + \(minutes) min.)"
            )
        }
    }

    private static func mismatch(_ message: String) -> AWSFault {
        AWSFault(403, "SignatureDoesNotMatch", message)
    }
}
