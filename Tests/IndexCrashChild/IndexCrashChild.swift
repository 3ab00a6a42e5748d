import Foundation
import SparrowCore
import SparrowIndex

/// Changes an index without end, to be killed at any moment: `IndexCrashChild FOLDER SEED FIRST`.
///
/// The first `FIRST` changes of the stream are skipped, because they are in the index already.
/// After each change that the writer has confirmed it writes one byte to its output.
@main
struct IndexCrashChild {
  /// The size of the space of all crash tests.
  static let dimension = 400
  /// A writer with small limits, so that flushes and merges happen all the time.
  static let configuration = IndexWriterConfiguration(
    durability: .everyWrite, flushByteCount: 6000, mergeFactor: 2)

  /// The changes of a seed.
  static func changes(seed: UInt64) -> RandomChanges {
    RandomChanges(seed: seed, dimension: dimension, identifierCount: 150)
  }

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let seed = UInt64(arguments[2]), let first = Int(arguments[3])
    else {
      throw IndexError(.usage, "Usage: IndexCrashChild FOLDER SEED FIRST")
    }
    let writer = try IndexWriter(
      openingAt: URL(fileURLWithPath: arguments[1]), configuration: configuration)
    var changes = changes(seed: seed)
    for _ in 0..<first { _ = try changes.next() }
    while true {
      try writer.perform(try changes.next())
      try FileHandle.standardOutput.write(contentsOf: Data([1]))
    }
  }
}
