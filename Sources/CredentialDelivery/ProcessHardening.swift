import CKeyutils

/// The protection of the secrets in this process's memory from crash reports and other processes of the user.
package enum ProcessHardening {
    /// Excludes the memory from core dumps, debuggers and the runtime's crash report.
    ///
    /// The report would print what the registers point at. A program executed in this process's place is not
    /// affected: the kernel makes it an ordinary process again.
    ///
    /// - Parameter reportsCrashes: Whether the runtime's crash report stays on.
    package static func begin(reportsCrashes: Bool) {
        ck_conceal()
        if !reportsCrashes { ck_crash_plainly() }
    }
}
