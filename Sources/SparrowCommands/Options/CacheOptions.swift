import ArgumentParser
import Foundation
import SparrowCore
import SparrowRetrieval

/// The options of commands that keep encoded vectors for the next time.
struct CacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep vectors of texts in this folder, and use those that are there.", valueName: "dir"))
  var cache: String?

  @Option(help: ArgumentHelp("The cache's largest size, such as 500M or 2G.", valueName: "bytes"))
  var cacheSize = ByteCount(EmbeddingCache.defaultByteLimit)

  /// Opens the cache, nil when none is named.
  func open() throws -> EmbeddingCache? {
    try cache.map {
      try EmbeddingCache(folder: URL(fileURLWithPath: $0), byteLimit: cacheSize.value)
    }
  }

  /// An encoder that looks into a cache first, or the encoder itself when there is none.
  func encoder(
    _ encoder: any SparseEncoding, in space: @autoclosure () throws -> VectorSpace,
    _ cache: EmbeddingCache?
  ) throws -> any SparseEncoding {
    guard let cache else { return encoder }
    return try CachedEncoder(encoder, space: space(), cache: cache)
  }
}

extension EmbeddingCache {
  /// Tells how many texts were found, and what went wrong.
  func report(_ context: CommandContext) {
    let statistics = statistics
    let total = statistics.hitCount + statistics.missCount
    context.note(
      "\(NumberText.count(statistics.hitCount)) of \(NumberText.count(total)) texts were in the cache, which has \(NumberText.bytes(UInt64(statistics.byteCount)))."
    )
    if let failure { context.warn("\(failure)") }
  }
}

/// A number of bytes on the command line: digits, then perhaps K, M or G.
struct ByteCount: ExpressibleByArgument {
  let value: Int

  init(_ value: Int) { self.value = value }

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = argument.uppercased().last.flatMap { units[$0] }
    guard let number = Int(unit == nil ? argument : String(argument.dropLast())), number > 0 else {
      return nil
    }
    let (value, overflows) = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !overflows else { return nil }
    self.value = value
  }

  /// The default in help.
  var defaultValueDescription: String {
    value % (1 << 30) == 0 ? "\(value >> 30)G" : String(value)
  }
}
