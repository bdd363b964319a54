import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct MappingTableTests {
    @Test func `a mapping is found by its name`() throws {
        let audit = try mapping("audit")
        let table = MappingTable([try mapping("backup"), audit])
        #expect(table["audit"] == audit)
        #expect(table["billing"] == nil)
    }

    @Test func `the first of two mappings with one name is found`() throws {
        let first = try mapping("audit", tags: ["prod"])
        let table = MappingTable([first, try mapping("audit", tags: ["test"])])
        #expect(table["audit"] == first)
    }

    private func mapping(_ id: String, tags: [String] = []) throws -> RoleMapping {
        RoleMapping(
            id: id,
            identity: "logging",
            audience: EntraFixture.audience,
            roleARN: try #require(RoleARN(EntraFixture.roleARN)),
            region: "eu-west-1",
            sessionName: "cambist",
            tags: tags
        )
    }
}
