import Testing

@testable import Federation

@Suite struct SecretTests {
    private let secret = Secret("hunter2")

    @Test func `no way of turning a secret into text shows it`() {
        var dumped = ""
        dump([secret], to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)",
            "\(Mirror(reflecting: secret).children.map(\.value))", dumped,
        ]
        #expect(!texts.contains { $0.contains("hunter2") })
    }

    @Test func `a secret is revealed where it is asked for`() {
        #expect(secret.reveal() == "hunter2")
        #expect(!secret.isEmpty)
        #expect(Secret("").isEmpty)
    }
}
