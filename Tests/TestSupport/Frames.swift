package import Drawing
import Foundation
package import Testing

/// Compares a frame with `Frames/<name>.txt` beside the test: its text, then one letter per cell for the style.
///
/// With `RECORD_FRAMES=1` in the environment it writes the file instead, for review in the diff.
package func expectFrame(
    _ canvas: Canvas,
    _ name: String,
    file: String = #filePath,
    at location: SourceLocation = #_sourceLocation
) throws {
    let url = URL(filePath: file).deletingLastPathComponent().appending(path: "Frames/\(name).txt")
    let cursor = canvas.cursor.map { "cursor \($0.column),\($0.row)\n" } ?? ""
    let frame = canvas.text + "----\n" + canvas.styleText + cursor
    if ProcessInfo.processInfo.environment["RECORD_FRAMES"] == "1" {
        try Data(frame.utf8).write(to: url)
    }
    let expected = try String(contentsOf: url, encoding: .utf8)
    #expect(frame == expected, "\(name) differs", sourceLocation: location)
}
