import Foundation
import TestSupport
import Testing

@testable import Operations

/// Files are replaced as a whole, and a process that is killed during a write leaves no file.
@Suite(.limited) struct SafeFileTests {
    /// Runs `body` with the path of a file in a new directory.
    private func withFile(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "cambist-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.appending(path: "credentials").path)
    }

    @Test func `a file has no name while it is written`() throws {
        try withFile { path in
            try "old".write(toFile: path, atomically: false, encoding: .utf8)
            let directory = (path as NSString).deletingLastPathComponent
            let notifications = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
            try #require(inotify_add_watch(notifications, directory, UInt32(IN_MODIFY | IN_MOVED_TO)) >= 0)
            defer { close(notifications) }
            try SafeFile.write(String(repeating: "secret", count: 10_000), to: path)
            var events = [UInt8](repeating: 0, count: 65_536)
            let count = read(notifications, &events, events.count)
            try #require(count > 0)
            let names = events[..<count].withUnsafeBytes { bytes in
                var (offset, names): (Int, [String]) = (0, [])
                while offset + 16 <= count {
                    let mask = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                    let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
                    let name = String(decoding: bytes[(offset + 16)..<(offset + 16 + length)], as: UTF8.self)
                    names.append(
                        "\(mask == UInt32(IN_MODIFY) ? "written" : "placed") \(name.prefix { $0 != "\0" })"
                    )
                    offset += 16 + length
                }
                return names
            }
            // The kernel reports a file without a name by its inode number.
            #expect(names.last == "placed credentials")
            #expect(names.dropLast().allSatisfy { $0.hasPrefix("written #") }, "\(names)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["credentials"])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `an existing file is not replaced by creation`() throws {
        try withFile { path in
            try SafeFile.create("one", at: path)
            #expect(throws: CommandFailure.self) { try SafeFile.create("two", at: path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        }
    }

    @Test
    func
        `temporary files of killed processes are removed, and temporary files of running processes are kept`()
        throws
    {
        try withFile { path in
            // No process has this ID, the largest possible one; process 1 always runs. In a container, the killed
            // process had this process's ID.
            let (left, running) = ("\(path).2147483647.tmp", "\(path).1.tmp")
            let own = "\(path).\(getpid()).tmp"
            for name in [left, own, running] {
                try "x".write(toFile: name, atomically: false, encoding: .utf8)
            }
            try SafeFile.write("new", to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
            #expect(!FileManager.default.fileExists(atPath: left))
            #expect(!FileManager.default.fileExists(atPath: own))
            #expect(FileManager.default.fileExists(atPath: running))
        }
    }
}
