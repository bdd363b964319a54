import Foundation
@_spi(ExperimentalCustomExecutors) import _Concurrency

extension Workers {
    /// The threads of this process: as many as the machine runs at once, and two where it runs one.
    fileprivate static let process = Workers(limit: max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// Makes them run every task of this process; called before the first task starts.
    package static func takeOver() {
        _createExecutors(factory: Executors.self)
    }
}

/// What runs this process's tasks: its own threads, and the runtime's main thread.
private struct Executors: ExecutorFactory {
    static var mainExecutor: any MainExecutor { PlatformExecutorFactory.mainExecutor }
    static var defaultExecutor: any TaskExecutor { Workers.process }
}
