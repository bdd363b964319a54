/// Mappings by their names.
///
/// The mappings are those of the configuration, not copies of them, however many keep a table.
package struct MappingTable: Sendable {
    private let mappings: [RoleMapping]
    private let indices: [RoleMapping.ID: Int]

    /// Of several with one name, the first counts.
    package init(_ mappings: [RoleMapping] = []) {
        self.mappings = mappings
        indices = Dictionary(zip(mappings.lazy.map(\.id), mappings.indices)) { first, _ in first }
    }

    /// The mapping of that name.
    package subscript(id: RoleMapping.ID) -> RoleMapping? {
        indices[id].map { mappings[$0] }
    }
}
