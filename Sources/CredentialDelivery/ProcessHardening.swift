import CKeyutils

/// What a crash, or another process of the same user, must not come to know: the secrets in this process's memory.
package enum ProcessHardening {
    /// Keeps the memory out of core dumps, from debuggers and from the runtime's report of a crash.
    ///
    /// That report shows what the registers point at, and a process that was sent SIGABRT outlives it. Another program
    /// that takes our place is not concerned: the kernel makes it an ordinary process again.
    ///
    /// - Parameter reportsCrashes: Whether somebody wants the runtime's report all the same.
    package static func begin(reportsCrashes: Bool) {
        ck_conceal()
        if !reportsCrashes { ck_crash_plainly() }
    }
}
