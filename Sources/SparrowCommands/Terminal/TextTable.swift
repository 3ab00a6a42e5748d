/// A table of text whose columns are as wide as their widest cell.
struct TextTable {
  /// On which side of a column its cells stand.
  enum Alignment {
    case left
    case right
  }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// Makes a table with a heading.
  init(_ columns: [(heading: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows.append(columns.map(\.heading))
  }

  /// Appends a row; it needs a cell for each column.
  mutating func append(_ cells: [String]) {
    precondition(cells.count == alignments.count, "a row needs a cell for each column")
    rows.append(cells)
  }

  /// The table as lines, the first one the heading.
  func lines(_ style: TerminalStyle) -> [String] {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.enumerated().map { position, row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += column > 0 ? "  " : ""
        line += alignments[column] == .left ? cell + space : space + cell
      }
      while line.last == " " { line.removeLast() }
      return position == 0 ? style.dim(line) : line
    }
  }
}
