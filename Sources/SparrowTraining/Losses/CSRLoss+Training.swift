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
    let report = LossReport(
      parts: try components.map { .init(name: $0.name, value: try $0.value.item()) },
      total: try total.item(),
      columns: context.wantsStatistics
        ? try columns.map { try EmbeddingStatistics($0.latents) } : [])
    if let factor = context.gradientFactor, report.total.isFinite {
      try (total * factor).backward()
    }
    return report
  }
}
