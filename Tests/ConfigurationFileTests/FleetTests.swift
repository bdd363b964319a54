import Federation
import Foundation
import TestSupport
import Testing
import YAMLReader

@testable import ConfigurationFile

/// The section `fleet:`.
@Suite(.limited) struct FleetSectionTests {
    @Test func `a fleet has a store, a node, and an operator, and its history is forwarded`() throws {
        let text = "fleet: {store: 'postgresql://vm1@db.example/cambist', node: vm1, operator: ada}\n"
        let configuration = try ConfigurationFile.read(text: text, path: "c", environment: [:]).configuration
        #expect(configuration.fleet.store?.uri == "postgresql://vm1@db.example/cambist")
        #expect(configuration.fleet.node == "vm1")
        #expect(configuration.fleet.operator == "ada")
        #expect(configuration.history.isForwarded)
    }

    @Test func `a URI with a password is refused and not repeated`() {
        let message = messages("fleet: {store: 'postgresql://vm1:hunter2@db.example/cambist'}\n").joined()
        #expect(message.contains("fleet.store"))
        #expect(message.contains("without a password"))
        #expect(!message.contains("hunter2"))
    }

    @Test func `a node's name has the form of a mapping's name`() {
        #expect(messages("fleet: {node: 'vm 1'}\n").count == 1)
    }
}
