import SparrowModels
import SparrowTensor

extension CSRLoss: TrainingLoss {
  /// Embeds and rebuilds one column after another, and goes back through it unless only the value is
  /// wanted.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    let labels = try batch.labels?.tensor()
    let compute = {
      let columns = try batch.columns.map {
        try context.encoder.trainingReconstruction(
          $0, precision: context.precision, dropout: context.dropout)
      }
      return (columns, try self.components(of: columns, labels: labels))
    }
    let (columns, components) =
      context.gradientFactor == nil ? try withoutGradients(compute) : try compute()
    let total = try components.total()
    var report = try LossReport(components, total: total)
    if context.wantsStatistics { try report.addStatistics(of: columns.map(\.latents)) }
    if let factor = context.gradientFactor, report.total.isFinite {
      try (total * factor).backward()
    }
    return report
  }
}
