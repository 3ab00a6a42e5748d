import SparrowTraining
import Testing

@testable import SparrowCommands

@Suite struct TrainingPanelTests {
  private func report(_ loss: Double, active: [Double] = []) -> StepReport {
    var batch = LossReport(
      parts: [
        .init(name: "base_loss", value: loss),
        .init(name: "document_regularizer_loss", value: 0.00012),
      ], total: loss)
    batch.columns = active.map {
      EmbeddingStatistics(
        rowCount: 4, activeDimensions: $0, emptyRowShare: 0, constantDimensions: [])
    }
    batch.averageFLOPS = active.isEmpty ? nil : 1.25
    return StepReport(
      loss: loss, gradientNorm: 1, learningRate: 2e-5, batch: batch, rowCount: 4, tokenCount: 40,
      duration: .seconds(1))
  }

  @Test func `losses, curve and sparsity have a line each`() {
    var panel = TrainingPanel()
    #expect(panel.lines.isEmpty)
    panel.note(report(2, active: [12.4, 140]))
    #expect(
      panel.lines == [
        "loss 2.0000  base 2.0000  documents 1.2e-04  rate 2.0e-05", "active 12/140  FLOPS 1.25",
      ])
    for loss in [2.0, 1, 1] { panel.note(report(loss)) }
    #expect(panel.lines[1] == "curve █▁")
    #expect(panel.lines.last == "active 12/140  FLOPS 1.25")
  }

  @Test func `a curve has as many bars as fit and needs a rise or fall`() {
    #expect(TrainingPanel.curve([1, 1, 1, 1]).isEmpty)
    #expect(TrainingPanel.curve([1, 2]).isEmpty)
    #expect(TrainingPanel.curve((0..<16).map(Double.init), width: 8) == "▁▂▃▄▅▆▇█")
    #expect(TrainingPanel.curve((0..<1000).map(Double.init)).count == 60)
  }
}
