package import Diagnosis
package import Federation
package import Foundation
package import Transport

/// The keys that Entra publishes, fetched when a token needs them and kept for a day at most.
package actor IssuerKeys {
    /// Microsoft asks that keys be read anew every day, for they roll without notice.
    private static let life = Duration.seconds(86400)
    /// A token with an unknown key has the keys read anew, but no more often than this.
    private static let pause = Duration.seconds(60)
    private static let bounds = RequestBounds(total: .seconds(10), bodySize: 256 * 1024)

    private let transport: HTTPTransport
    private let authority: @Sendable () -> URL?
    private let time: any TimeSource
    private var published: [URL: (keys: PublishedKeys, at: Duration)] = [:]

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - transport: Sends the requests.
    ///   - authority: The address at which Entra publishes keys, evaluated at each use; the public one when `nil`.
    ///   - time: The clock.
    package init(
        transport: HTTPTransport,
        authority: @autoclosure @escaping @Sendable () -> URL?,
        time: any TimeSource
    ) {
        self.transport = transport
        self.authority = authority
        self.time = time
    }

    /// Checks a token's signature against the keys of the issuer that it names.
    ///
    /// Only the signature: what the claims say is ``TokenCheck``'s business.
    package func signature(of token: Secret) async -> TokenSignature {
        let claims: Claims
        do throws(TokenFormatError) {
            claims = try Claims(decoding: token)
        } catch {
            return .invalid(reason: error.description)
        }
        guard claims.algorithm == "RS256" else { return .invalid(reason: "It is not signed with RS256.") }
        guard let id = claims.keyID else { return .invalid(reason: "The token names no key.") }
        guard let issuer = Issuer(claims) else {
            return .invalid(
                reason: "Its issuer is not Entra: \(VisibleText.oneLine(claims.issuer ?? "none"))."
            )
        }
        do throws(IssuerProblem) {
            let keys = try await keys(of: issuer, with: id)
            return await keys.signature(of: token, by: id)
        } catch {
            return .unverified(reason: error.description)
        }
    }

    /// What a token's issuer publishes, or why it was not had; unknown of an issuer that is not Entra.
    package func evidence(for claims: Claims) async -> IssuerEvidence {
        guard let issuer = Issuer(claims), let id = claims.keyID else { return .unknown }
        let start = time.uptime
        do throws(IssuerProblem) {
            let keys = try await keys(of: issuer, with: id)
            return .published(keyIDs: keys.ids, took: time.uptime - start)
        } catch {
            return .unreadable(error.description)
        }
    }

    private func keys(of issuer: Issuer, with id: String) async throws(IssuerProblem) -> PublishedKeys {
        let address = (authority() ?? EntraAuthority.publicAddress).appending(path: issuer.discoveryPath)
        if let (keys, at) = published[address] {
            let age = time.uptime - at
            if age < Self.pause || age < Self.life && keys.contains(id) { return keys }
        }
        let keys = try await fetch(issuer, at: address)
        published[address] = (keys, time.uptime)
        return keys
    }

    private func fetch(_ issuer: Issuer, at address: URL) async throws(IssuerProblem) -> PublishedKeys {
        let discovery = try await document(Discovery.self, at: address)
        guard discovery.issuer == issuer.name else {
            throw IssuerProblem(
                "\(address.absoluteString) is about \(VisibleText.oneLine(discovery.issuer))."
            )
        }
        guard let url = URL(string: discovery.jwksURI), url.scheme == "https" || url.isLoopback else {
            throw IssuerProblem("\(address.absoluteString) names no usable address of keys.")
        }
        return try await document(PublishedKeys.self, at: url)
    }

    private func document<Document: Decodable>(
        _ type: Document.Type,
        at url: URL
    ) async throws(IssuerProblem) -> Document {
        let response: HTTPResponse
        do throws(TransportError) {
            response = try await transport.send(HTTPRequest(.get, url), bounds: Self.bounds)
        } catch {
            throw IssuerProblem(error.description)
        }
        guard response.status == 200, let document = try? JSONDecoder().decode(type, from: response.body)
        else {
            throw IssuerProblem(
                "\(url.absoluteString) answered HTTP \(response.status) without what was asked."
            )
        }
        return document
    }
}

/// Why an issuer's keys were not had.
struct IssuerProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The part of an issuer's discovery document that leads to its keys.
private struct Discovery: Decodable {
    let issuer: String
    let jwksURI: String

    enum CodingKeys: String, CodingKey {
        case issuer
        case jwksURI = "jwks_uri"
    }
}

/// An Entra tenant as an issuer, in either version of its tokens.
private struct Issuer {
    /// The exact `iss`.
    let name: String
    /// Where its discovery document is below the authority.
    let discoveryPath: String

    /// The issuer that a token names; `nil` unless it is a tenant of Entra's, in any cloud.
    init?(_ claims: Claims) {
        guard let name = claims.issuer, let url = URL(string: name), url.scheme == "https" else { return nil }
        let parts = url.path().split(separator: "/").map(String.init)
        guard let tenant = parts.first, UUID(uuidString: tenant) != nil,
            parts.count == 1 || parts[1...] == ["v2.0"]
        else { return nil }
        self.name = name
        discoveryPath = parts.joined(separator: "/") + "/.well-known/openid-configuration"
    }
}

extension URL {
    fileprivate var isLoopback: Bool {
        host().map(LocalNetwork.contains) ?? false
    }
}
