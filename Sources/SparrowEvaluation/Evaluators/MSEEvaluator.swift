public import SparrowCore

/// Measures how far an encoder's vectors are from a teacher's, as the mean squared error times 100.
///
/// The error is summed over the weights that either side stores and divided by all entries, so no
/// dense matrix is made. Target texts are encoded without a role.
///
/// Source: `SparseMSEEvaluator` of Sentence Transformers 6.2, with the same keys and files; it keeps
/// dense matrices.
///
/// ```swift
/// let evaluator = try MSEEvaluator(sourceTexts: texts, targetTexts: texts, teacher: teacher)
/// print(try evaluator.evaluate(student).primaryValue)  // negated: higher is better
/// ```
public struct MSEEvaluator: Evaluator, Sendable {
  private let teacherEmbeddings: SparseMatrix
  private let targetTexts: [String]
  private let options: EvaluatorOptions

  /// Makes an evaluator from the teacher's vectors.
  ///
  /// - Parameters:
  ///   - teacherEmbeddings: one row for each target text.
  ///   - targetTexts: what the measured encoder encodes.
  ///   - options: name, limit of weights and files.
  /// - Throws: ``EvaluationError`` when there are no texts or another number of vectors.
  public init(
    teacherEmbeddings: SparseMatrix, targetTexts: [String],
    options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    try checkParallel([
      ("target texts", targetTexts.count), ("teacher's vectors", teacherEmbeddings.rowCount),
    ])
    self.teacherEmbeddings = teacherEmbeddings
    self.targetTexts = targetTexts
    self.options = options
  }

  /// Makes an evaluator; the teacher encodes the source texts here, once.
  ///
  /// - Throws: ``EvaluationError`` when there are no texts or the lists differ in length; whatever
  ///   the teacher throws.
  public init(
    sourceTexts: [String], targetTexts: [String], teacher: any SparseEncoding,
    options: EvaluatorOptions = EvaluatorOptions()
  ) throws {
    try checkParallel([
      ("source texts", sourceTexts.count), ("target texts", targetTexts.count),
    ])
    try self.init(
      teacherEmbeddings: teacher.encode(
        sourceTexts, options: options.encoding(EvaluationContext())),
      targetTexts: targetTexts, options: options)
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    // The reference joins the name even when it is empty.
    let table = ResultTable(
      name: "mse_evaluation_\(options.name)_results.csv",
      columns: ["MSE", "active_dims", "sparsity_ratio"])
    try table.prepare(options.table(context))
    let matrix = try encoder.encode(targetTexts, options: options.encoding(context))
    guard matrix.columnCount == teacherEmbeddings.columnCount else {
      throw EvaluationError(
        .usage,
        "Teacher and student must have the same dimension; found \(teacherEmbeddings.columnCount) and \(matrix.columnCount)."
      )
    }
    let totals = (0..<matrix.rowCount).map {
      squaredDistance(matrix[$0], teacherEmbeddings[$0])
    }
    let error = Double(Float(mean(totals) / Double(matrix.columnCount)) * 100)
    let sparsity = Sparsity(of: matrix).metrics()
    try table.append(([error] + sparsity.map(\.1)).map(numberText), options.table(context))
    return EvaluationResult(
      name: options.name, metrics: [("negative_mse", -error)] + sparsity,
      primaryKey: "negative_mse")
  }

  private func squaredDistance(_ left: SparseVector, _ right: SparseVector) -> Double {
    func square(_ value: Float) -> Double { Double(value) * Double(value) }
    var total = 0.0
    for value in left.values { total += square(value) }
    for value in right.values { total += square(value) }
    left.forEachShared(with: right) { _, first, second in
      let difference = Double(first) - Double(second)
      total += difference * difference - square(first) - square(second)
    }
    return total
  }
}
