import SparrowCore

/// Watches that every column holds one kind of values.
struct ColumnKinds {
  /// The kind of each column, nil while only nulls and empty lists were seen.
  private(set) var kinds: [DatasetValue.Kind?] = []

  /// Adds a row.
  ///
  /// - Throws: ``DataError`` when a column holds another kind than before.
  mutating func add(
    _ row: [DatasetValue], columns: [String], at location: FileLocation
  ) throws(DataError) {
    if kinds.isEmpty { kinds = Array(repeating: nil, count: row.count) }
    for (position, value) in row.enumerated() {
      guard let kind = value.kind, value != .floats([]), kind != kinds[position] else { continue }
      switch (kinds[position], kind) {
      case (nil, _): kinds[position] = kind
      case (.integer?, .float), (.float?, .integer): kinds[position] = .float
      case (let before?, _):
        throw DataError(
          .invalidData,
          "Column '\(columns[position])' held \(before.name) up to here and holds \(kind.name) in this row; a column must hold one kind.",
          at: location)
      }
    }
  }
}
