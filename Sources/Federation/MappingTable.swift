/// Mappings by their names.
///
/// It shares the storage of the configuration's mappings.
package struct MappingTable: Sendable {
    private let mappings: [RoleMapping]
    private let indices: [RoleMapping.ID: Int]

    /// Among mappings of one name, the first counts.
    package init(_ mappings: [RoleMapping] = []) {
        self.mappings = mappings
        indices = Dictionary(zip(mappings.lazy.map(\.id), mappings.indices)) { first, _ in first }
    }

    /// The mapping of that name.
    package subscript(id: RoleMapping.ID) -> RoleMapping? {
        indices[id].map { mappings[$0] }
    }
}
