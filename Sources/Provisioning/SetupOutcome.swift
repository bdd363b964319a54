package import Federation

/// The result of applying a plan or destroying a setup.
package struct SetupOutcome: Hashable, Sendable {
    /// The objects that were created, changed, or removed.
    package var changed: [SetupObject.ID] = []
    /// The objects that were kept although their removal was requested.
    package var kept: [KeptObject] = []
    /// The objects that could not be changed or removed as requested.
    package var failures: [FailedObject] = []

    package struct KeptObject: Hashable, Sendable {
        package let object: SetupObject.ID
        package let reason: String
    }

    package struct FailedObject: Hashable, Sendable {
        package let object: SetupObject.ID
        package let failure: Failure
    }
}
