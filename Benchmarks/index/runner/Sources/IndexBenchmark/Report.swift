import Foundation
import SparrowCore

/// Exact results, against which recall is measured.
struct Truth {
  let documents: SparseMatrix
  let queries: [SparseVector]
  /// The lowest score among the best documents of each query, and how many there are.
  let lowest: [(score: Double, count: Int)]
  /// The relative difference of scores that counts as none; the other engines' scripts have 1e-4.
  let slack: Double

  init(
    _ documents: SparseMatrix, _ plain: PlainSearch, _ queries: [SparseVector], count: Int,
    slack: Double = 1e-4
  ) {
    self.slack = slack
    self.documents = documents
    self.queries = queries
    lowest = queries.map { plain.lowestBestScore($0, count: count) }
  }

  /// The part of the best documents that was found.
  ///
  /// A document counts if its exact score reaches the lowest of the best, so that the order of
  /// equal scores does not matter.
  func recall(of results: [[Int]]) -> Double {
    var found = 0
    var total = 0
    for (position, result) in results.enumerated() {
      let slack = slack * max(1, abs(lowest[position].score))
      for number in Set(result)
      where exactScore(queries[position], number) >= lowest[position].score - slack {
        found += 1
      }
      total += lowest[position].count
    }
    return total > 0 ? Double(found) / Double(total) : 1
  }

  private func exactScore(_ query: SparseVector, _ number: Int) -> Double {
    var total = 0.0
    query.forEachShared(with: documents[number]) { _, left, right in
      total += Double(left) * Double(right)
    }
    return total
  }
}

/// Times searches, measures their recall and prints a line about them.
struct Report {
  let arguments: Arguments
  let queries: [SparseVector]
  /// What is exact for the vectors of the file.
  let truth: Truth
  /// What is exact for the vectors as stored, when these are rounded.
  var storedTruth: Truth?
  /// Members that every line has.
  var common: [String: JSONValue] = [:]

  /// Runs all queries several times and prints the times of the best run.
  func measure(_ engine: String, _ search: (SparseVector) throws -> [Int]) throws {
    for query in queries.prefix(20) { _ = try search(query) }
    var best: [Double] = []
    var results: [[Int]] = []
    for _ in 0..<arguments.repetitions {
      var times: [Double] = []
      results.removeAll()
      for query in queries {
        var result: [Int] = []
        let time = try Stopwatch.measure { result = try search(query) }
        times.append(time.wall * 1e3)
        results.append(result)
      }
      if best.isEmpty || times.reduce(0, +) < best.reduce(0, +) { best = times }
    }
    best.sort()
    var members: [(String, JSONValue)] = [
      ("engine", .string(engine)), ("docs", .integer(Int64(truth.documents.rowCount))),
      ("k", .integer(Int64(arguments.hitCount))),
      ("mean_ms", .number((best.reduce(0, +) / Double(best.count)).rounded(toPlaces: 4))),
      ("p50_ms", .number(best[best.count / 2].rounded(toPlaces: 4))),
      ("p99_ms", .number(best[best.count * 99 / 100].rounded(toPlaces: 4))),
      ("recall", .number(truth.recall(of: results).rounded(toPlaces: 4))),
    ]
    if let storedTruth {
      members.append(
        ("recall_stored", .number(storedTruth.recall(of: results).rounded(toPlaces: 4))))
    }
    members += common.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    print(JSONValue.object(JSONObject(members)).text())
  }
}

/// Measures how long something takes.
struct Stopwatch {
  /// Seconds that passed.
  let wall: Double
  /// Seconds of work by all threads of this process.
  let cpu: Double

  static func measure(_ body: () throws -> Void) rethrows -> Stopwatch {
    let cpuStart = clock()
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    let end = DispatchTime.now().uptimeNanoseconds
    return Stopwatch(
      wall: Double(end - start) / 1e9,
      cpu: Double(clock() - cpuStart) / Double(CLOCKS_PER_SEC))
  }
}

extension Double {
  /// Rounded to a number of decimal places.
  func rounded(toPlaces places: Int) -> Double {
    let scale = pow(10, Double(places))
    return (self * scale).rounded() / scale
  }
}
