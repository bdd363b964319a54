/// A lookup table of mappings by name.
///
/// It shares storage with the configuration's array of mappings.
package struct MappingTable: Sendable {
    private let mappings: [RoleMapping]
    private let indices: [RoleMapping.ID: Int]

    /// The first of several mappings with the same name wins.
    package init(_ mappings: [RoleMapping] = []) {
        self.mappings = mappings
        indices = Dictionary(zip(mappings.lazy.map(\.id), mappings.indices)) { first, _ in first }
    }

    /// The mapping with this name, if any.
    package subscript(id: RoleMapping.ID) -> RoleMapping? {
        indices[id].map { mappings[$0] }
    }
}
