/// The secrets that the simulated hosts put into their programs' environment.
struct HostSecrets: Hashable, Sendable {
    /// `IDENTITY_HEADER` of App Service.
    let appService: String
    /// `MSI_SECRET` of Azure Machine Learning.
    let machineLearning: String
    /// `IDENTITY_HEADER` of Service Fabric.
    let serviceFabric: String

    init(seed: Seed) {
        let digits = "0123456789ABCDEF"
        appService = seed.text("App Service header", count: 32, from: digits)
        machineLearning = seed.text("Machine Learning secret", count: 32, from: digits)
        serviceFabric = seed.text("Service Fabric header", count: 32, from: digits)
    }
}
