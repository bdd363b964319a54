import Foundation

/// Where Entra is.
enum EntraAuthority {
    /// The address of the public cloud.
    static let publicAddress = URL(string: "https://login.microsoftonline.com/") ?? URL(filePath: "/")
}
