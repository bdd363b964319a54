import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite(.limited) struct BoundedFileTests {
    /// A temporary directory, removed with the last reference to it.
    private final class TemporaryDirectory: Sendable {
        let path: String

        init() throws {
            let url = FileManager.default.temporaryDirectory.appending(path: "bounded-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }

        func write(_ name: String, _ bytes: Int) throws -> String {
            try Data(repeating: UInt8(ascii: "x"), count: bytes).write(to: URL(filePath: "\(path)/\(name)"))
            return "\(path)/\(name)"
        }
    }

    private func reason(
        _ path: String,
        limit: Int = 64,
        followsLinks: Bool = true
    ) -> FileReadError.Reason? {
        do throws(FileReadError) {
            _ = try BoundedFile.read(path, limit: limit, followsLinks: followsLinks)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: [0, 1, 63, 64])
    func `a file up to the limit is read completely`(size: Int) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("f", size)
        #expect(try BoundedFile.read(file, limit: 64).count == size)
    }

    @Test(arguments: [65, 100_000])
    func `a larger file is refused with its path and the limit`(size: Int) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("f", size)
        let error = #expect(throws: FileReadError.self) { try BoundedFile.read(file, limit: 64) }
        #expect(error?.description == "\(file) is larger than 64 bytes")
    }

    @Test func `a FIFO without a writer is refused at once`() throws {
        let directory = try TemporaryDirectory()
        let fifo = "\(directory.path)/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(reason(fifo) == .notRegular)
    }

    @Test(arguments: ["/dev/zero", "/dev/null", "/dev/tty", "/", "/dev/stdin"])
    func `devices and directories are refused`(path: String) throws {
        let found = reason(path)
        // Without a terminal, /dev/tty cannot be opened.
        #expect(found != nil && found != .missing)
    }

    @Test func `a path that names a socket is refused`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/s"
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0 && reason(path) == .notRegular)
    }

    @Test func `a symbolic link is followed unless the caller excludes links`() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("f", 3)
        let link = "\(directory.path)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(reason(link) == nil)
        #expect(reason(link, followsLinks: false) == .link)
    }

    @Test func `a missing file is reported as missing`() {
        #expect(reason("/nowhere/at/all") == .missing)
        #expect(reason("/etc/passwd/x") == .missing)
    }

    @Test func `a file whose size reads as zero is limited by its contents`() {
        #expect(reason("/proc/self/status", limit: 16) == .tooLarge(limit: 16))
    }

    @Test func `text is trimmed`() throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/t"
        try Data("  a b \r\n\n".utf8).write(to: URL(filePath: file))
        #expect(try BoundedFile.text(file, limit: 64) == "a b")
    }

    @Test func `control characters of a path are escaped in the error`() {
        #expect(FileReadError("/a\u{1B}[31m", .missing).description == "/a<U+001B>[31m does not exist")
    }
}

@Suite(.limited) struct FileDescriptorsTests {
    @Test func `too few free descriptors are reported with both numbers`() {
        let error = #expect(throws: TransportSetupError.self) { try FileDescriptors.requireFree(.max) }
        guard case .tooFewDescriptors(let free, required: .max) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(free > 0 && error?.description.contains("\(free) more files") == true)
    }

    @Test func `enough free descriptors are accepted`() throws {
        try FileDescriptors.requireFree()
    }
}
