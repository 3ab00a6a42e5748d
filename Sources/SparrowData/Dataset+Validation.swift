import SparrowCore

extension Dataset {
  /// Checks that columns can be encoded: every value is a text, and not all texts are empty.
  ///
  /// - Parameter columns: the columns to look at; nil takes ``inputColumns``.
  /// - Throws: ``DataError`` naming the column and, where there is one, file and line of the first
  ///   value that is no text.
  public func checkTexts(in columns: [String]? = nil) throws(DataError) {
    for column in columns ?? inputColumns {
      let values = try values(of: column)
      var hasContent = false
      for (row, value) in values.enumerated() {
        guard let text = value.string else {
          throw failure(column, row, "needs a text in every row", value)
        }
        if !hasContent { hasContent = text.contains { !$0.isWhitespace } }
      }
      guard hasContent else {
        throw DataError(
          .invalidData,
          "Column '\(column)' is empty: none of its \(rowCount) texts has a character.",
          at: rowCount > 0 ? location(ofRow: 0) : nil)
      }
    }
  }

  /// Checks that a column can serve as labels: every value is a number, or every value is a list of
  /// equally many numbers, and all are finite.
  ///
  /// - Parameter column: the column to look at.
  /// - Throws: ``DataError`` naming the column and, where there is one, file and line of the first
  ///   value that does not fit.
  public func checkNumbers(in column: String) throws(DataError) {
    let values = try values(of: column)
    let count = values.first?.floats?.count
    for (row, value) in values.enumerated() {
      if let numbers = value.floats {
        guard numbers.count == count, count != 0, numbers.allSatisfy(\.isFinite) else {
          throw failure(
            column, row, "needs lists of equally many finite numbers, \(count ?? 1) each", value)
        }
      } else {
        guard count == nil, let number = value.number, number.isFinite else {
          throw failure(column, row, "needs a finite number in every row", value)
        }
      }
    }
  }

  private func values(of column: String) throws(DataError) -> [DatasetValue] {
    if let values = self[column] { return values }
    _ = try positions(of: [column], in: columnNames, at: FileLocation(path: "dataset"))
    return []
  }

  private func failure(
    _ column: String, _ row: Int, _ expectation: String, _ value: DatasetValue
  ) -> DataError {
    let found =
      switch value {
      case .null: "nothing (null)"
      case .floats(let numbers): "a list of \(numbers.count) numbers"
      case .integer, .float, .bool: "'\(value.pythonText)'"
      case .string: "a text"
      case .strings: "a list of texts"
      }
    return DataError(
      .invalidData, "Column '\(column)' \(expectation); found \(found) in row \(row + 1).",
      at: location(ofRow: row))
  }
}
