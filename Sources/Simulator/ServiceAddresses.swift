/// Where the services of a running lab are.
struct ServiceAddresses: Hashable, Sendable {
    /// Scheme, host and port, without a slash at the end.
    let base: String

    /// The address of one of Azure's services.
    func callAsFunction(_ service: SimulatedAzureService) -> String {
        base + service.prefix
    }

    var sts: String { base + "/sts" }
    var iam: String { base + "/iam" }
    var signIn: String { base + "/signin" }
}
