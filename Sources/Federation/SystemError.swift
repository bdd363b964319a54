import FoundationEssentials
import Glibc

extension Error {
    /// The error number of a failed operation on a file; 0 if the error has none.
    package var systemErrorNumber: Int32 {
        let error = (self as? CocoaError)?.underlying ?? self
        return (error as? POSIXError)?.code.rawValue ?? 0
    }

    /// The reason for a failed operation on a file, as the system states it.
    package var systemReason: String {
        systemErrorNumber == 0 ? "\(self)" : String(cString: strerror(systemErrorNumber))
    }
}
