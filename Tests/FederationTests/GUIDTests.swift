import Federation
import TestSupport
import Testing

@Suite(.computing) struct GUIDTests {
    @Test(arguments: ["1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", "1EA7E6E0-7876-4D1C-AEC5-7B1C927EDE74"])
    func `a GUID has hexadecimal digits in five groups, in either case`(_ text: String) {
        #expect(text.isGUID)
    }

    @Test(arguments: [
        "", "1ea7e6e078764d1caec57b1c927ede74", "{1ea7e6e0-7876-4d1c-aec5-7b1c927ede74}",
        "1ea7e6e0-7876-4d1c-aec5-7b1c927ede7", "1ea7e6e0-7876-4d1c-aec5-7b1c927ede744",
        "1ea7e6e0-7876-4d1c-aec5-7b1c927ede7g", "1ea7e6e0-78764-d1c-aec5-7b1c927ede74",
        " 1ea7e6e-7876-4d1c-aec5-7b1c927ede74", "１ea7e6e0-7876-4d1c-aec5-7b1c927ede74",
    ])
    func `other texts are not GUIDs`(_ text: String) {
        #expect(!text.isGUID)
    }
}
