import Foundation
import SparrowCore
import SparrowData

/// Keeps the batch at which a loss stopped being a number, for a person to look at.
struct DivergenceFile {
  let folder: URL
  let step: Int
  let batch: TrainingBatch
  let report: LossReport
  let gradientNorm: Double?
  let dataset: TrainingDataset

  /// Where it is written.
  var url: URL { folder.appendingPathComponent("diverged-step-\(step).json") }

  func write() throws {
    var columns = JSONObject()
    for name in dataset.dataset.inputColumns {
      let values = dataset.dataset[name] ?? []
      columns[name] = .array(batch.rows.map { .string(values[$0].string ?? "") })
    }
    let object = JSONObject([
      ("step", .integer(Int64(step))),
      ("dataset", dataset.name.map { .string($0) } ?? .null),
      ("loss", .number(report.total)),
      ("parts", .object(JSONObject(report.parts.map { ($0.name, .number($0.value)) }))),
      ("grad_norm", gradientNorm.map { .number($0) } ?? .null),
      ("rows", .array(batch.rows.map { .integer(Int64($0)) })),
      ("texts", .object(columns)),
      ("labels", batch.labels.map { .array($0.values.map { .number($0) }) } ?? .null),
    ])
    try AtomicFile.write(
      JSONValue.object(object).data(JSONFormat(indent: 2, escapesNonASCII: false)), to: url)
  }
}
