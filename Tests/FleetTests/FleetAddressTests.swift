import Federation
import TestSupport
import Testing

/// The URI of the fleet's database.
@Suite(.limited) struct FleetAddressTests {
    @Test(arguments: [
        "postgresql://vm1@db.example/cambist", "postgres://db.example",
        "postgresql:///cambist?host=/run/postgresql",
        "postgresql://vm1@[::1]:5433/cambist?sslmode=verify-full",
        "postgresql://a,b/cambist?target_session_attrs=any",
        "postgresql:///?service=fleet",
    ])
    func `a URI without a password is accepted`(_ uri: String) {
        #expect(FleetAddress(uri)?.uri == uri)
    }

    @Test(arguments: [
        "postgresql://vm1:hunter2@db.example/cambist", "postgresql://vm1:@db.example/cambist",
        "postgresql://db.example/cambist?password=hunter2",
        "postgresql://db.example/cambist?a=b&password=hunter2",
        "postgresql://db.example/cambist?p%61ssword=hunter2", "postgresql://db.example/?sslpassword=hunter2",
        "postgresql://a@b:c@db.example/",
    ])
    func `a URI with a password is refused`(_ uri: String) {
        #expect(FleetAddress(uri) == nil)
    }

    @Test(arguments: ["", "db.example", "mysql://db.example", "host=db.example", "postgresql://db example/"])
    func `a text that is not a URI of PostgreSQL is refused`(_ text: String) {
        #expect(FleetAddress(text) == nil)
    }
}
