import Foundation
import SparrowCore

/// Where a command writes its result: standard output, or a file that appears as a whole.
enum OutputFile {
  /// Calls `body` with a sink.
  ///
  /// A file is written beside its place and renamed at the end, so that it is never half there; what
  /// is no regular file, such as a pipe or `/dev/null`, is written to directly.
  ///
  /// - Parameters:
  ///   - path: the file; nil or `-` is the context's output.
  ///   - context: gives the standard output.
  ///   - body: writes the result.
  /// - Throws: `CoreError` when the file cannot be written, and whatever `body` throws; there is
  ///   then no new file.
  static func write(
    to path: String?, _ context: CommandContext, _ body: (TextSink) throws -> Void
  ) throws {
    guard let path, path != "-" else { return try body(context.output) }
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var failure: (any Error)?
    func run(_ handle: FileHandle) throws {
      let sink = TextSink { bytes in try handle.write(contentsOf: bytes) }
      do {
        try body(sink)
      } catch {
        if error is any SparrowError || error is CancellationError { failure = error }
        throw error
      }
    }
    do {
      if isSpecialFile(url) {
        try run(FileHandle(forWritingTo: url))
      } else {
        try AtomicFile.write(to: url, run)
      }
    } catch {
      throw failure ?? error
    }
  }

  private static func isSpecialFile(_ url: URL) -> Bool {
    let type = try? FileManager.default.attributesOfItem(atPath: url.path)[.type]
    guard let type = type as? FileAttributeType else { return false }
    return type != .typeRegular && type != .typeDirectory
  }
}
