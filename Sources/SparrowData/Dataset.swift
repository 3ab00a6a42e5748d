public import SparrowCore

/// Rows of named columns in memory.
///
/// For training, the order of the columns carries meaning and their names do not, except that the
/// first of `label`, `labels`, `score` and `scores` that exists holds the labels.
///
/// ```swift
/// let dataset = try Dataset(contentsOf: URL(fileURLWithPath: "pairs.jsonl"))
///   .selecting(columns: ["query", "answer"])
/// let (train, test) = dataset.shuffledSplit(secondCount: 500, seed: 42)
/// print(train.rowCount, train[0]["query"]?.string ?? "")
/// ```
public struct Dataset: Sendable, Hashable {
  /// The names of label columns in the order in which they are looked for.
  public static let labelNames = ["label", "labels", "score", "scores"]

  /// The names of the columns in order.
  public private(set) var columnNames: [String]
  /// The number of rows.
  public let rowCount: Int
  private var columns: [[DatasetValue]]
  private var columnKinds: [DatasetValue.Kind?]
  private var origins: Origins?

  /// The file and line from which each row came.
  struct Origins: Hashable, Sendable {
    var paths: [String] = []
    var rows: [Origin] = []

    struct Origin: Hashable, Sendable {
      let path: Int32
      let line: Int32
    }
  }

  /// Makes a dataset from whole columns.
  ///
  /// - Throws: ``DataError`` when there is no column, names repeat, lengths differ, or a column holds
  ///   values of different kinds.
  public init(columns: [(name: String, values: [DatasetValue])]) throws(DataError) {
    let names = columns.map(\.name)
    guard let rowCount = columns.first?.values.count else {
      throw DataError(.usage, "A dataset needs at least one column.")
    }
    guard Set(names).count == names.count else {
      throw DataError(.usage, "Column names must not repeat; found \(names).")
    }
    var kinds: [DatasetValue.Kind?] = []
    for column in columns {
      guard column.values.count == rowCount else {
        throw DataError(
          .usage,
          "All columns must have as many values as '\(names[0])', \(rowCount); '\(column.name)' has \(column.values.count)."
        )
      }
      var kind = ColumnKinds()
      for (row, value) in column.values.enumerated() {
        let location = FileLocation(path: "dataset", item: "row \(row)")
        try kind.add([value], columns: [column.name], at: location)
      }
      kinds.append(kind.kinds.first ?? nil)
    }
    self.init(
      unchecked: names, rowCount: rowCount, columns: columns.map(\.values), kinds: kinds,
      origins: nil)
  }

  init(
    unchecked names: [String], rowCount: Int, columns: [[DatasetValue]],
    kinds: [DatasetValue.Kind?], origins: Origins?
  ) {
    columnNames = names
    self.rowCount = rowCount
    self.columns = columns
    columnKinds = kinds
    self.origins = origins
  }

  /// One row.
  public subscript(row: Int) -> DatasetRow {
    DatasetRow(columns: columnNames, values: columns.map { $0[row] })
  }

  /// All values of a column, nil when there is no such column.
  public subscript(column: String) -> [DatasetValue]? {
    columnNames.firstIndex(of: column).map { columns[$0] }
  }

  /// The kind of values of a column; nil when there is no such column or it holds only nulls.
  public func kind(ofColumn column: String) -> DatasetValue.Kind? {
    columnNames.firstIndex(of: column).flatMap { columnKinds[$0] }
  }

  /// The column of labels: the first of ``labelNames`` that exists, nil when there is none.
  public var labelColumn: String? { Self.labelNames.first { columnNames.contains($0) } }

  /// All columns but the labels, in order.
  public var inputColumns: [String] { columnNames.filter { $0 != labelColumn } }

  /// The file and line from which a row came, nil when it was not read from a file.
  public func location(ofRow row: Int) -> FileLocation? {
    guard let origins else { return nil }
    let origin = origins.rows[row]
    return FileLocation(path: origins.paths[Int(origin.path)], line: Int(origin.line))
  }

  /// The same rows with only these columns, in this order.
  ///
  /// - Throws: ``DataError`` when a column does not exist or is named twice.
  public func selecting(columns wanted: [String]) throws(DataError) -> Dataset {
    let place = FileLocation(path: location.map(\.path) ?? "dataset")
    let chosen = try positions(of: wanted, in: columnNames, at: place)
    guard !wanted.isEmpty, Set(wanted).count == wanted.count else {
      throw DataError(
        .usage, "Columns to keep must be named once each, at least one; found \(wanted).")
    }
    return Dataset(
      unchecked: wanted, rowCount: rowCount, columns: chosen.map { columns[$0] },
      kinds: chosen.map { columnKinds[$0] }, origins: origins)
  }

  /// The same rows with other names for some columns.
  ///
  /// - Parameter names: new names by old ones.
  /// - Returns: a dataset that shares the values.
  /// - Throws: ``DataError`` when a column does not exist or two would have the same name.
  public func renaming(_ names: [String: String]) throws(DataError) -> Dataset {
    let place = FileLocation(path: location.map(\.path) ?? "dataset")
    _ = try positions(of: names.keys.sorted(), in: columnNames, at: place)
    var result = self
    result.columnNames = columnNames.map { names[$0] ?? $0 }
    guard Set(result.columnNames).count == columnNames.count else {
      throw DataError(
        .usage, "Two columns would have the same name; found \(result.columnNames).")
    }
    return result
  }

  /// The dataset whose row `i` is this dataset's row `order[i]`.
  public func selectingRows(_ order: [Int]) -> Dataset {
    var chosen = origins
    if let origins { chosen?.rows = order.map { origins.rows[$0] } }
    return Dataset(
      unchecked: columnNames, rowCount: order.count,
      columns: columns.map { column in order.map { column[$0] } }, kinds: columnKinds,
      origins: chosen)
  }

  /// The rows in random order.
  public func shuffled(seed: UInt64) -> Dataset {
    var generator = MersenneTwister(seed: seed)
    return selectingRows(generator.permutation(rowCount))
  }

  /// Shuffles the rows and divides them in two.
  ///
  /// - Parameters:
  ///   - secondCount: how many rows the second part gets, at most all.
  ///   - seed: the same seed gives the same parts.
  /// - Returns: both parts; no row is in both.
  public func shuffledSplit(secondCount: Int, seed: UInt64) -> (first: Dataset, second: Dataset) {
    var generator = MersenneTwister(seed: seed)
    let order = generator.permutation(rowCount)
    let boundary = rowCount - min(max(secondCount, 0), rowCount)
    return (
      selectingRows(Array(order[..<boundary])), selectingRows(Array(order[boundary...]))
    )
  }

  /// Where the first row came from.
  private var location: FileLocation? { rowCount > 0 ? location(ofRow: 0) : nil }
}
