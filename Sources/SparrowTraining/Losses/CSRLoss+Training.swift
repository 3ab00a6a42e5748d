public import SparrowCore
import SparrowModels
import SparrowTensor

extension CSRLoss: WrappingLoss, TrainingLoss {
  /// Its settings as a recipe has them.
  public var options: JSONObject {
    JSONObject([
      ("name", .string(name)), ("loss", .object(base.namedOptions)),
      ("beta", .number(reconstruction.beta)), ("gamma", .number(gamma)),
    ])
  }

  /// Embeds and rebuilds one column after another, and goes back through it unless only the value is
  /// wanted.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    try context.runReconstructing(batch, components)
  }
}

extension CSRReconstructionLoss: TrainingLoss {
  /// Its settings as a recipe has them.
  public var options: JSONObject {
    JSONObject([("name", .string(name)), ("beta", .number(beta))])
  }

  /// Embeds and rebuilds one column after another, and goes back through it unless only the value is
  /// wanted.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    try context.runReconstructing(batch) { columns, _ in try components(of: columns) }
  }
}

extension LossContext {
  /// Runs a loss over what an autoencoder makes of each column.
  fileprivate func runReconstructing(
    _ batch: TrainingBatch,
    _ components: ([SparseAutoEncoder.Reconstruction], Tensor?) throws -> [LossComponent]
  ) throws -> LossReport {
    let labels = try batch.labels?.tensor()
    func compute() throws -> ([SparseAutoEncoder.Reconstruction], [LossComponent]) {
      let columns = try batch.columns.map {
        try encoder.trainingReconstruction($0, precision: precision, dropout: dropout)
      }
      return (columns, try components(columns, labels))
    }
    let (columns, parts) = gradientFactor == nil ? try withoutGradients(compute) : try compute()
    let total = try parts.total()
    var report = try LossReport(parts, total: total)
    if wantsStatistics { try report.addStatistics(of: columns.map(\.latents)) }
    if let gradientFactor, report.total.isFinite { try (total * gradientFactor).backward() }
    return report
  }
}
