import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct SecretTests {
    private let secret = Secret("hunter2")

    @Test func `no conversion to text shows a secret`() {
        var dumped = ""
        dump([secret], to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)",
            "\(Mirror(reflecting: secret).children.map(\.value))", dumped,
        ]
        #expect(!texts.contains { $0.contains("hunter2") })
    }

    @Test func `reveal returns the secret`() {
        #expect(secret.reveal() == "hunter2")
        #expect(!secret.isEmpty)
        #expect(Secret("").isEmpty)
    }
}
