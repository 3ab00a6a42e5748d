import Foundation
import SparrowCore
import SparrowIndex

/// Builds an index from a file of vectors, searches it, and prints one JSON line a configuration.
@main
struct IndexBenchmark {
  static func main() throws {
    let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
    let documents = try SparseFile.read(arguments.data + "/docs.csr")
    let allQueries = try SparseFile.read(arguments.data + "/queries.csr")
    let queries = (0..<min(arguments.queryCount, allQueries.rowCount)).map { allQueries[$0] }
    let folder = URL(fileURLWithPath: arguments.work)
      .appendingPathComponent("sparrow-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }

    let build = try Stopwatch.measure {
      let ids = (0..<documents.rowCount).map { DocumentID(String($0)) }
      let configuration = IndexWriterConfiguration(
        durability: .onFlush, flushByteCount: 4 << 30, compactsInBackground: false)
      let writer = try IndexWriter(
        creatingAt: folder, dimension: documents.columnCount, precision: arguments.precision,
        configuration: configuration)
      try writer.upsert(ids, documents)
      try writer.close()
    }
    var reader: IndexReader?
    let open = try Stopwatch.measure { reader = try IndexReader(openingAt: folder) }
    guard let reader else { return }
    let snapshot = try reader.snapshot()
    let plain = PlainSearch(documents)
    var report = Report(
      arguments: arguments, queries: queries,
      truth: Truth(documents, plain, queries, count: arguments.hitCount))
    if arguments.precision != .float32 {
      let stored = try storedVectors(snapshot, like: documents)
      report.storedTruth = Truth(
        stored, PlainSearch(stored), queries, count: arguments.hitCount, slack: 1e-6)
    }
    report.common["build_s"] = .number(build.wall.rounded(toPlaces: 2))
    report.common["build_cpu_s"] = .number(build.cpu.rounded(toPlaces: 2))
    report.common["open_s"] = .number(open.wall.rounded(toPlaces: 3))
    report.common["index_MB"] = .number(
      (Double(reader.statistics().byteCount) / 1e6).rounded(toPlaces: 2))

    var modes: [(String, SearchMode)] = [("exact", .exact)]
    for factor in arguments.factors {
      modes.append(
        ("approximate \(factor)", .approximate(ApproximateSearch(remainderFactor: factor))))
    }
    for (name, mode) in modes {
      let options = SearchOptions(count: arguments.hitCount, mode: mode)
      try report.measure("sparrow:\(arguments.precision.rawValue) \(name)") { query in
        try snapshot.search(query, options: options).compactMap { Int($0.id.rawValue) }
      }
    }
    if arguments.measuresPlainSearch {
      try report.measure("plain term-at-a-time float32") { query in
        plain.search(query, count: arguments.hitCount)
      }
    }
    try measureThroughput(snapshot, queries, arguments)
  }

  /// The documents' vectors as the index keeps them.
  private static func storedVectors(
    _ snapshot: IndexSnapshot, like documents: SparseMatrix
  ) throws -> SparseMatrix {
    var stored = SparseMatrix(columnCount: documents.columnCount)
    for row in 0..<documents.rowCount {
      guard let vector = try snapshot.vector(of: DocumentID(String(row))) else {
        throw IndexError(.invalidData, "Document \(row) is missing from the index.")
      }
      try stored.append(vector)
    }
    return stored
  }

  /// Queries a second with one and with two threads, alternating.
  private static func measureThroughput(
    _ snapshot: IndexSnapshot, _ queries: [SparseVector], _ arguments: Arguments
  ) throws {
    let options = SearchOptions(count: arguments.hitCount)
    var best: [Int: Double] = [:]
    for _ in 0..<arguments.repetitions {
      for threads in [1, 2] {
        let time = try Stopwatch.measure {
          _ = try snapshot.search(queries, options: options, threadCount: threads)
        }
        best[threads] = max(best[threads] ?? 0, Double(queries.count) / time.wall)
      }
    }
    let line = JSONValue.object(
      JSONObject([
        ("engine", "sparrow throughput"), ("docs", .integer(Int64(snapshot.documentCount))),
        ("queries_per_s_1_thread", .number((best[1] ?? 0).rounded())),
        ("queries_per_s_2_threads", .number((best[2] ?? 0).rounded())),
      ]))
    print(line.text())
  }
}
