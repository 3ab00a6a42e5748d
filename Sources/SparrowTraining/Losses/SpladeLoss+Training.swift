import SparrowTensor

extension SpladeLoss: TrainingLoss {
  /// Embeds all columns in one pass, and goes back through it unless only the value is wanted.
  public func run(_ batch: TrainingBatch, in context: LossContext) throws -> LossReport {
    let labels = try batch.labels?.tensor()
    let compute = {
      let columns = try context.encoder.trainingForward(
        batch.columns, precision: context.precision, dropout: context.dropout)
      return (columns, try self.components(of: columns, labels: labels))
    }
    let (columns, components) =
      context.gradientFactor == nil ? try withoutGradients(compute) : try compute()
    let total = try components.total()
    var report = try LossReport(components, total: total)
    if context.wantsStatistics { try report.addStatistics(of: columns) }
    if let factor = context.gradientFactor, report.total.isFinite {
      try (total * factor).backward()
    }
    return report
  }
}
