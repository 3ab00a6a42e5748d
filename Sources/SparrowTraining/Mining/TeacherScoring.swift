public import SparrowCore
public import SparrowData

/// Turns rows of a query and candidates into a set for distillation, by a teacher's scores.
///
/// The labels are raw scores, one for each candidate column in order: what ``SparseMarginMSELoss``
/// and ``SparseDistillKLDivLoss`` take.
///
/// ```swift
/// let scored = try TeacherScoring(teacher).score(triplets)
/// let loss = try SpladeLoss(SparseMarginMSELoss(), documentRegularizerWeight: 0.08)
/// ```
public struct TeacherScoring {
  private let teacher: any RelevanceScorer

  /// Makes a scoring by a teacher.
  public init(_ teacher: any RelevanceScorer) { self.teacher = teacher }

  /// Adds a column `label` with the teacher's scores; labels that were there are replaced.
  ///
  /// - Parameters:
  ///   - dataset: a query column, then candidate columns, the positive first.
  ///   - progress: receives reports.
  /// - Returns: the same rows with one list of scores each.
  /// - Throws: ``TrainingError/Code/invalidDataset`` when there are fewer than two candidate columns;
  ///   `DataError` when a value is no text; what the teacher throws.
  public func score(_ dataset: Dataset, progress: ProgressReporter? = nil) throws -> Dataset {
    let inputs = dataset.inputColumns
    guard inputs.count >= 3 else {
      throw TrainingError(
        .invalidDataset,
        "Distillation needs a query and at least two candidates in each row; the dataset has the columns \(inputs.map { "'\($0)'" }.joined(separator: ", "))."
      )
    }
    try dataset.checkTexts(in: inputs)
    let columns = inputs.map { (dataset[$0] ?? []).compactMap(\.string) }
    let candidates = columns.dropFirst()
    let scores = try teacher.scores(
      queries: candidates.flatMap { _ in columns[0] }, documents: candidates.flatMap { $0 },
      progress: progress)
    let rowCount = dataset.rowCount
    let labels = (0..<rowCount).map { row in
      DatasetValue.floats(candidates.indices.map { Double(scores[($0 - 1) * rowCount + row]) })
    }
    return try Dataset(
      columns: inputs.map { ($0, dataset[$0] ?? []) } + [(name: "label", values: labels)])
  }
}
