import Foundation
import SparrowCore

/// The log of a run: one JSON object a line.
final class TrainingLogFile {
  private let url: URL
  private var handle: FileHandle?

  init(url: URL) { self.url = url }

  /// Opens the file with its first lines only: a resumed run writes the later ones again.
  func open(keepingLines count: Int) throws {
    var kept = Data()
    if count > 0, let content = try? Data(contentsOf: url) {
      for line in content.split(separator: UInt8(ascii: "\n")).prefix(count) {
        kept.append(contentsOf: line)
        kept.append(UInt8(ascii: "\n"))
      }
    }
    try AtomicFile.write(kept, to: url)
    handle = try FileHandle(forWritingTo: url)
    try handle?.seekToEnd()
  }

  /// Adds a line.
  func append(_ line: JSONObject) throws {
    var data = JSONValue.object(line).data()
    data.append(UInt8(ascii: "\n"))
    do {
      try handle?.write(contentsOf: data)
    } catch {
      throw TrainingError(
        .inputOutput, "Could not write the log (\(AtomicFile.reason(error))).",
        at: FileLocation(path: url.path))
    }
  }
}
