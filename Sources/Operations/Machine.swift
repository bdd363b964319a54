import Diagnosis
import Federation
import FoundationEssentials
import Glibc
import Transport

/// The machine that runs the program.
enum Machine {
    /// The chassis asset tag of Azure's virtual machines.
    ///
    /// Source: Microsoft, "Azure Instance Metadata Service", detection of Azure by the chassis asset tag.
    private static let azureTag = "7783-7084-3265-9085-8269-3286-77"

    /// The host name, the operating system, and whether the host is a virtual machine in Azure.
    static var check: DoctorReport.Check {
        let tag = read("/sys/class/dmi/id/chassis_asset_tag")
        let kind = tag == azureTag ? "an Azure virtual machine" : "not an Azure virtual machine"
        return DoctorReport.Check(
            "host",
            .ok,
            "\((read("/proc/sys/kernel/hostname") ?? "?")), \(system), \(kind)"
        )
    }

    /// The name and version of the operating system.
    private static var system: String {
        let name = read("/etc/os-release")?.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return name.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } }
            ?? ProcessInfo.processInfo.operatingSystemVersionString
    }

    private static func read(_ path: String) -> String? {
        try? BoundedFile.text(path, limit: 64 << 10)
    }
}
