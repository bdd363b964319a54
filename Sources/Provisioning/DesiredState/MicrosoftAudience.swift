import Federation

extension Failure {
    /// Returns the failure of a setup for the audience of a Microsoft application; `nil` for any other audience.
    ///
    /// A tenant cannot change such an application, and AWS could replay its tokens to the Microsoft service.
    static func microsoftAudience(_ audience: String, tenantID: String) -> Failure? {
        guard let resource = MicrosoftResource(audience: audience) else { return nil }
        return Failure(
            kind: .refused,
            code: "audience-microsoft",
            message:
                "The audience \(audience) is \(resource.name), an application of Microsoft that setup does not change. A role "
                + "that accepts its tokens receives tokens that are valid for \(resource.name).",
            fix:
                "Set audience to the identifier URI of your own application, such as api://\(tenantID)/NAME "
                + "(`cambist config edit`)."
        )
    }
}
