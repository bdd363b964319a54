import Federation
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite(.limited) struct ServerClockTests {
    private static func offset(_ seconds: Double) -> ClockOffset {
        ClockOffset(offset: .seconds(seconds), uncertainty: .milliseconds(600))
    }

    @Test func `services at one address have their own clocks`() throws {
        let clocks = ServerClocks()
        let azure = try #require(
            URL(string: "http://127.0.0.1:8080/metadata/identity/oauth2/token?resource=a")
        )
        let aws = try #require(URL(string: "http://127.0.0.1:8080/sts/eu-west-1"))
        clocks.note(Self.offset(1200), of: azure)
        #expect(clocks.offset(of: aws) == nil)
        clocks.note(Self.offset(-1200), of: aws)
        clocks.note(nil, of: aws)
        #expect(clocks.offset(of: azure) == Self.offset(1200))
        #expect(clocks.offset(of: aws) == Self.offset(-1200))
    }

    @Test func `the requests to an endpoint share its clock`() throws {
        let clocks = ServerClocks()
        let pairs = [
            ("https://sts.eu-west-1.amazonaws.com/", "https://sts.eu-west-1.amazonaws.com"),
            ("http://127.0.0.1:8080/sts/eu-west-1", "http://127.0.0.1:8080/sts"),
            (
                "https://login.microsoftonline.com/t/oauth2/v2.0/token",
                "https://login.microsoftonline.com/t/oauth2/v2.0/token?x=1"
            ),
        ]
        for (left, right) in pairs {
            clocks.note(Self.offset(60), of: try #require(URL(string: left)))
            #expect(clocks.offset(of: try #require(URL(string: right))) == Self.offset(60), "\(right)")
        }
    }
}
