public import SparrowCore

/// What searching with these vectors costs: how many weights they have, how many multiplications a
/// query needs, and which dimensions are busy.
///
/// ```swift
/// let report = try EfficiencyReport(queries: queryMatrix, documents: documentMatrix)
/// print(report.queries.mean, report.documents.mean, report.averageFLOPS)
/// ```
public struct EfficiencyReport: Sendable, Hashable {
  /// How a number is distributed.
  public struct Distribution: Sendable, Hashable {
    /// The arithmetic mean.
    public let mean: Double
    /// Half of the numbers are not above it.
    public let median: Double
    /// 95 of 100 numbers are not above it.
    public let percentile95: Double
    /// The largest number.
    public let maximum: Double

    /// Measures numbers in any order; all figures of no numbers are 0.
    public init(of numbers: [Double]) {
      let sorted = numbers.sorted()
      // The nearest rank: the smallest number that has at least this share at or below it.
      func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
      }
      mean = SparrowEvaluation.mean(numbers)
      median = quantile(0.5)
      percentile95 = quantile(0.95)
      maximum = sorted.last ?? 0
    }

    /// The figures as a JSON object.
    public var json: JSONValue {
      [
        "mean": .number(mean), "median": .number(median), "p95": .number(percentile95),
        "max": .number(maximum),
      ]
    }
  }

  /// A dimension with the share of documents that have a weight there.
  public struct BusyDimension: Sendable, Hashable {
    /// The dimension.
    public let index: TokenID
    /// How many documents have it, divided by all.
    public let documentShare: Double
  }

  /// Stored weights of each query ("L0").
  public let queries: Distribution
  /// Stored weights of each document.
  public let documents: Distribution
  /// The expected number of multiplications for one query and one document.
  public let averageFLOPS: Double
  /// For each query, how many documents share at least one dimension with it, counted once for each
  /// dimension: the postings that an exact search reads.
  public let postings: Distribution
  /// The dimensions that most documents have, busiest first.
  public let busiestDimensions: [BusyDimension]
  /// How many dimensions no document has.
  public let unusedDimensionCount: Int
  /// How many queries and documents have no weight at all, so that nothing is found by them.
  public let emptyVectorCount: Int

  /// Measures vectors of queries and documents of one space.
  ///
  /// - Parameters:
  ///   - queries: one query a row.
  ///   - documents: one document a row.
  ///   - busiestCount: how many busy dimensions to list; 20 by default.
  /// - Throws: ``EvaluationError`` when the widths differ.
  public init(
    queries: SparseMatrix, documents: SparseMatrix, busiestCount: Int = 20
  ) throws(EvaluationError) {
    guard queries.columnCount == documents.columnCount else {
      throw EvaluationError(
        .usage,
        "Queries and documents must be vectors of one space; found \(queries.columnCount) and \(documents.columnCount) dimensions."
      )
    }
    var querySparsity = SparsityStatistics()
    querySparsity.add(queries)
    var documentSparsity = SparsityStatistics()
    documentSparsity.add(documents)
    let counts = documentSparsity.columnCounts
    self.queries = Distribution(of: Self.activeCounts(queries))
    self.documents = Distribution(of: Self.activeCounts(documents))
    averageFLOPS = SparsityStatistics.averageFLOPS(
      queries: querySparsity, documents: documentSparsity)
    postings = Distribution(
      of: (0..<queries.rowCount).map { row in
        Double(queries.entries(ofRow: row).indices.reduce(0) { $0 + counts[Int($1)] })
      })
    let order = counts.indices.sorted {
      counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1
    }
    busiestDimensions = order.prefix(max(busiestCount, 0)).filter { counts[$0] > 0 }.map {
      BusyDimension(
        index: TokenID($0), documentShare: Double(counts[$0]) / Double(documents.rowCount))
    }
    unusedDimensionCount = counts.count { $0 == 0 }
    emptyVectorCount =
      (Self.activeCounts(queries) + Self.activeCounts(documents)).count { $0 == 0 }
  }

  private static func activeCounts(_ matrix: SparseMatrix) -> [Double] {
    (0..<matrix.rowCount).map { Double(matrix.rowOffsets[$0 + 1] - matrix.rowOffsets[$0]) }
  }

  /// The figures as a JSON object; `term` names the busy dimensions.
  public func json(term: (TokenID) -> String? = { _ in nil }) -> JSONValue {
    [
      "query_weights": queries.json, "document_weights": documents.json,
      "avg_flops": .number(averageFLOPS), "postings_per_query": postings.json,
      "unused_dimensions": .integer(Int64(unusedDimensionCount)),
      "empty_vectors": .integer(Int64(emptyVectorCount)),
      "busiest_dimensions": .array(
        busiestDimensions.map { dimension in
          [
            "index": .integer(Int64(dimension.index)),
            "term": term(dimension.index).map { .string($0) } ?? .null,
            "document_share": .number(dimension.documentShare),
          ]
        }),
    ]
  }
}

extension EfficiencyReport {
  /// Measures how long one text takes to encode, in milliseconds, each text on its own.
  ///
  /// - Parameters:
  ///   - encoder: what is measured.
  ///   - texts: encoded one after another.
  ///   - role: the side of retrieval; queries by default.
  ///   - warmUpCount: how many of the first texts are encoded once before measuring; 10 by default.
  ///   - clock: what tells the time.
  /// - Returns: the distribution over texts.
  /// - Throws: whatever the encoder throws; `CancellationError` when the task was cancelled.
  public static func encodingMilliseconds(
    of encoder: any SparseEncoding, _ texts: [String], role: TextRole = .query,
    warmUpCount: Int = 10, clock: some Clock<Duration> = ContinuousClock()
  ) throws -> Distribution {
    for text in texts.prefix(max(warmUpCount, 0)) {
      _ = try encoder.encode([text], role: role, options: EncodingOptions())
    }
    var times: [Double] = []
    for text in texts {
      try Task.checkCancellation()
      let start = clock.now
      _ = try encoder.encode([text], role: role, options: EncodingOptions())
      times.append(start.duration(to: clock.now) / .milliseconds(1))
    }
    return Distribution(of: times)
  }
}
