import SparrowCore
import SparrowTensor
import SparrowTraining
import Testing

/// One case of the golden file of losses.
struct LossCase: CustomTestStringConvertible {
  let content: JSONValue
  let columnsData: JSONValue

  var name: String { content["name"]?.string ?? "" }
  var parameters: JSONValue { content["params"] ?? .object(JSONObject()) }
  var testDescription: String {
    "\(name) \(content["columns"]?.text() ?? "") \(parameters.text())"
  }

  /// The columns as leaves whose gradients are wanted.
  func columns(_ dtype: DType) throws -> [Tensor] {
    try #require(content["columns"]?.array).map { name in
      let rows = try #require(columnsData[name.string ?? ""])
      let column = try Self.tensor(rows).to(dtype)
      try column.setRequiresGradient()
      return column
    }
  }

  /// The labels, integers as int64 and fractions as the given type.
  func labels(_ dtype: DType) throws -> Tensor? {
    guard let labels = content["labels"], !labels.isNull else { return nil }
    let isInteger = labels.text().allSatisfy { "0123456789-,[] ".contains($0) }
    return try Self.tensor(labels).to(isInteger ? .int64 : dtype)
  }

  /// The gradient of every column in order.
  func gradients() throws -> [[Double]] {
    try #require(content["columns"]?.array).map { name in
      Self.numbers(try #require(content["gradients"]?[name.string ?? ""]))
    }
  }

  /// The expected parts by name; a single value is called `loss`.
  func values(_ key: String) throws -> [String: Double] {
    let value = try #require(content[key])
    if let number = value.double { return ["loss": number] }
    return Dictionary(
      uniqueKeysWithValues: try #require(value.object).members.map { ($0, $1.double ?? .nan) })
  }

  static func numbers(_ value: JSONValue) -> [Double] {
    value.array?.flatMap(numbers) ?? value.double.map { [$0] } ?? []
  }

  static func tensor(_ value: JSONValue) throws -> Tensor {
    var shape: [Int] = []
    var level = value
    while let elements = level.array {
      shape.append(elements.count)
      guard let first = elements.first else { break }
      level = first
    }
    return try Tensor(numbers(value), shape: shape)
  }

  /// Computes the parts of this case's loss.
  func evaluate(_ columns: [Tensor], _ labels: Tensor?) throws -> [LossComponent] {
    let options = parameters
    switch name {
    case "SpladeLoss":
      let base: any EmbeddingLoss
      if options["loss"]?.string == "SparseMarginMSELoss" {
        base = SparseMarginMSELoss()
      } else {
        base = try SparseMultipleNegativesRankingLoss()
      }
      let documentWeight = try #require(options["document_regularizer_weight"]?.double)
      let loss = try SpladeLoss(
        base,
        SpladeLoss.Configuration(
          documentRegularizerWeight: documentWeight,
          queryRegularizerWeight: options["query_regularizer_weight"]?.double,
          documentRegularizer: FlopsLoss(
            threshold: options["document_regularizer_threshold"]?.int),
          queryRegularizer: FlopsLoss(threshold: options["query_regularizer_threshold"]?.int),
          usesDocumentRegularizerOnly: options["use_document_regularizer_only"]?.bool ?? false))
      return try loss.components(of: columns, labels: labels)
    case "FlopsLoss":
      let regularizer = FlopsLoss(threshold: options["threshold"]?.int)
      let value = try regularizer(columns)
      return [LossComponent(name: "loss", value: value)]
    default:
      let loss = try plainLoss()
      return [LossComponent(name: "loss", value: try loss(columns, labels: labels))]
    }
  }

  private func plainLoss() throws -> any EmbeddingLoss {
    let options = parameters
    switch name {
    case "SparseMultipleNegativesRankingLoss":
      let directions = options["directions"]?.array ?? ["query_to_doc"]
      return try SparseMultipleNegativesRankingLoss(
        scale: options["scale"]?.double ?? 1,
        similarity: options["similarity_fct"]?.string == "cos_sim" ? .cosine : .dot,
        directions: directions.compactMap { .init(rawValue: $0.string ?? "") },
        partitionMode: try #require(
          .init(rawValue: options["partition_mode"]?.string ?? "joint")),
        hardnessMode: options["hardness_mode"]?.string.flatMap { .init(rawValue: $0) },
        hardnessStrength: options["hardness_strength"]?.double ?? 0)
    case "SparseMarginMSELoss": return SparseMarginMSELoss()
    case "SparseDistillKLDivLoss":
      return try SparseDistillKLDivLoss(
        temperature: options["temperature"]?.double ?? 2,
        studentTemperature: options["student_temperature"]?.double,
        teacherTemperature: options["teacher_temperature"]?.double)
    case "SparseCoSENTLoss":
      return try SparseCoSENTLoss(scale: options["scale"]?.double ?? 20)
    case "SparseAnglELoss": return try SparseAnglELoss(scale: options["scale"]?.double ?? 20)
    case "SparseCosineSimilarityLoss": return SparseCosineSimilarityLoss()
    case "SparseTripletLoss":
      return SparseTripletLoss(
        distance: try #require(.init(rawValue: options["distance_metric"]?.string ?? "")),
        margin: try #require(options["triplet_margin"]?.double))
    case "SparseMSELoss": return SparseMSELoss()
    default:
      Issue.record("no loss \(name)")
      return SparseMSELoss()
    }
  }
}
