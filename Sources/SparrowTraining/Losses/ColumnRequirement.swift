/// What a loss needs of a dataset: how many input columns, and which labels.
public struct ColumnRequirement: Sendable, Hashable {
  /// What labels mean to a loss.
  public enum Label: Sendable, Hashable {
    /// There must be no label column: the loss would not look at it.
    case none
    /// One number a row, how close the two texts are.
    case score
    /// With `n` negatives a row `n` margins, or `n + 1` scores with the positive first.
    case margins
    /// One teacher score for each candidate column.
    case candidateScores
    /// A teacher's embedding, `[vocabulary]` or one for each column.
    case embedding

    /// The meaning in words, for messages.
    public var meaning: String {
      switch self {
      case .none: "none"
      case .score: "one number a row, higher for closer texts"
      case .margins:
        "the teacher's margins (positive - negative), one for each negative, or its raw scores, one for the positive and each negative"
      case .candidateScores: "the teacher's scores, one for each candidate column"
      case .embedding: "the teacher's embedding, one for all columns or one for each"
      }
    }
  }

  /// How many input columns the loss takes.
  public let columnCounts: ClosedRange<Int>
  /// What the columns are, in order; the last stands for all further ones.
  public let columnNames: [String]
  /// What labels mean to the loss.
  public let label: Label

  /// Makes a requirement; without an upper bound any further column counts like the last one.
  public init(from minimum: Int, to maximum: Int = .max, _ columnNames: [String], label: Label) {
    self.columnCounts = minimum...maximum
    self.columnNames = columnNames
    self.label = label
  }

  /// The columns in words, for messages: "exactly 3 input columns (anchor, positive, negative)".
  public var columnDescription: String {
    let lower = columnCounts.lowerBound
    let count =
      switch columnCounts.upperBound {
      case lower: "exactly \(lower)"
      case .max: "at least \(lower)"
      case let upper: "\(lower) to \(upper)"
      }
    let names = columnNames.joined(separator: ", ")
    let tail = columnCounts.upperBound == .max ? ", …" : ""
    return "\(count) input column\(columnCounts.upperBound == 1 ? "" : "s") (\(names)\(tail))"
  }
}
