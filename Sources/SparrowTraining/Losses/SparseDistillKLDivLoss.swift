public import SparrowCore
public import SparrowTensor

/// Distillation of rankings: the model's distribution over a query's candidates must be the teacher's.
///
/// With `p` the softmax of the teacher's scores divided by ``teacherTemperature`` and `q` that of
/// the model's divided by ``studentTemperature`` `τ`, the loss is `τ²` times the mean over rows of
/// the Kullback–Leibler divergence `Σ p (log p - log q)`. Candidates to which the teacher gives
/// nothing (a score of `-∞`) add nothing.
public struct SparseDistillKLDivLoss: EmbeddingLoss, Sendable {
  /// How query and document are compared, by dot product unless said otherwise.
  public let similarity: SimilarityFunction
  /// What the model's scores are divided by.
  public let studentTemperature: Double
  /// What the teacher's scores are divided by.
  public let teacherTemperature: Double

  /// The name in recipes and logs.
  public var name: String { "SparseDistillKLDivLoss" }
  /// Its settings by the names that recipes use.
  public var options: JSONObject {
    JSONObject([
      ("similarity_fct", .string("pairwise_" + similarity.referenceName)),
      ("student_temperature", .number(studentTemperature)),
      ("teacher_temperature", .number(teacherTemperature)),
    ])
  }
  /// The columns and labels it needs.
  public var requirement: ColumnRequirement {
    ColumnRequirement(from: 3, ["query", "candidate", "candidate"], label: .candidateScores)
  }

  /// Makes the loss; `temperature`, 2 by default, is for both sides unless they have their own.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when a temperature is not positive and finite.
  public init(
    similarity: SimilarityFunction = .dot, temperature: Double = 2,
    studentTemperature: Double? = nil, teacherTemperature: Double? = nil
  ) throws(TrainingError) {
    self.similarity = similarity
    self.studentTemperature = studentTemperature ?? temperature
    self.teacherTemperature = teacherTemperature ?? temperature
    for value in [self.studentTemperature, self.teacherTemperature]
    where !(value > 0 && value.isFinite) {
      throw TrainingError(
        .invalidArgument,
        "SparseDistillKLDivLoss needs temperatures above 0; found \(value).")
    }
  }

  /// The loss of one batch; see ``EmbeddingLoss/callAsFunction(_:labels:)``.
  public func callAsFunction(_ columns: [Tensor], labels: Tensor?) throws -> Tensor {
    try check(columns, labels: labels)
    let expected = [columns[0].shape[0], columns.count - 1]
    guard let labels, labels.shape == expected else {
      throw TrainingError(
        .invalidShape,
        "SparseDistillKLDivLoss needs labels of shape \(expected), one teacher score for each of the \(expected[1]) candidate columns; found shape \(labels?.shape ?? [])."
      )
    }
    guard try labels.equals(labels).all() else {
      throw TrainingError(
        .invalidShape,
        "A teacher score is not a number (NaN). Remove or repair the rows concerned.")
    }
    let candidates = try columns.dropFirst().map { try similarity.pairwise(columns[0], $0) }
    let student = try (Tensor.stacked(candidates, along: 1) / studentTemperature).logSoftmax()
    let teacher = try (labels.to(student.dtype) / teacherTemperature).logSoftmax()
    let shares = try teacher.exponential()
    let differences = try (teacher - student).masked(shares.equals(0), with: 0)
    let divergence = try (shares * differences).sum(1).mean()
    return try divergence * (studentTemperature * studentTemperature)
  }
}
