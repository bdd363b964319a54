import TestSupport
import Testing

@testable import Provisioning

@Suite(.limited) struct OwnershipTagTests {
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    private let tag = OwnershipTag(tenantID: tenant, mapping: "audit")

    @Test func `the value names the tenant and the mapping`() {
        #expect(tag.value == "cambist:\(Self.tenant):audit")
        #expect(tag.directoryTag == "made-by:cambist:\(Self.tenant):audit")
    }

    @Test(
        arguments: [
            ("cambist", true), ("cambist:2f4a9838-26b7-47ee-be60-ccc1fdec5953:other", true),
            ("cambist:2f4a9838-26b7-47ee-be60-ccc1fdec5953", true),
            ("cambist:00000000-26b7-47ee-be60-ccc1fdec5953:audit", false), ("cambist2", false),
            ("terraform", false), ("", false),
        ]
    )
    func `objects of the first release and of the same tenant are owned`(_ value: String, _ isOwned: Bool) {
        #expect(tag.marks(["made-by": value]) == isOwned)
        #expect(tag.marks(["theirs", "made-by:\(value)"]) == isOwned)
        #expect(!tag.marks(["other": value]))
    }

    @Test func `characters that AWS refuses in tags are replaced, and long names are cut`() {
        let long = OwnershipTag(
            tenantID: Self.tenant,
            mapping: "a,b;\u{1B}" + String(repeating: "x", count: 400)
        )
        #expect(long.value.hasPrefix("cambist:\(Self.tenant):a-b--xxx"))
        #expect(long.value.count == 256 && long.directoryTag.count == 256)
    }
}
