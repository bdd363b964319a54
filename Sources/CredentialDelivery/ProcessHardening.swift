import CKeyutils

/// Protects secrets in the memory of this process from crash reports and other processes of the same user.
package enum ProcessHardening {
    /// Excludes the memory from core dumps and debuggers, and can disable the Swift runtime's crash report.
    ///
    /// The crash report would include the memory that registers point to. After `exec`, the new program is not
    /// protected, because the kernel resets the protection.
    ///
    /// - Parameter reportsCrashes: Whether to keep the runtime's crash report enabled.
    package static func begin(reportsCrashes: Bool) {
        ck_conceal()
        if !reportsCrashes { ck_crash_plainly() }
    }
}
