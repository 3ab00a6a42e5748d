import Foundation
import SparrowCore
import SparrowEngines

/// How a push went, for people and programs.
struct PushReport {
  private let address: EngineAddress
  private let report: PushJob.Report
  private let pushedBefore: Int
  private let repeated: PushInput.Repetition
  private let seconds: Double

  /// Takes the report of a push that began at a time, after `pushedBefore` documents.
  init(
    address: EngineAddress, _ report: PushJob.Report, pushedBefore: Int,
    repeated: PushInput.Repetition, since start: ContinuousClock.Instant
  ) {
    self.address = address
    self.report = report
    self.pushedBefore = pushedBefore
    self.repeated = repeated
    seconds = (ContinuousClock.now - start).seconds
  }

  /// Writes the result.
  ///
  /// - Throws: an error when the engine refused documents.
  func write(_ context: CommandContext, isJSON: Bool, errorFile: String?) throws {
    let load = report.load
    if let first = repeated.first {
      context.warn(
        "Identifiers occur again \(NumberText.count(repeated.count, "times")), the first is '\(first)'; of each only the first document was pushed."
      )
    }
    if isJSON {
      try context.print([
        "target": .string(address.description),
        "pushed": .integer(Int64(load.confirmedCount)),
        "pushed_before": .integer(Int64(pushedBefore)),
        "repeated": .integer(Int64(repeated.count)),
        "refused": .integer(Int64(load.refused.count)),
        "requests": .integer(Int64(load.requestCount)),
        "retries": .integer(Int64(load.retryCount)),
        "bytes": .integer(Int64(load.byteCount)),
        "documents": .integer(Int64(report.collectionCount)),
        "seconds": .number(seconds),
      ])
    } else {
      let before =
        pushedBefore > 0 ? " after \(NumberText.count(pushedBefore)) before" : ""
      let rate = NumberText.rate(Double(load.confirmedCount) / seconds)
      try context.print(
        "\(address): \(NumberText.count(load.confirmedCount, "documents")) pushed\(before) in \(NumberText.duration(seconds)), \(rate) a second; the collection has \(NumberText.count(report.collectionCount))"
      )
    }
    guard let first = load.refused.first else { return }
    let place = errorFile.map { " '\($0)' lists them." } ?? " --errors FILE lists them."
    throw CommandError(
      .invalidData,
      "The engine refused \(NumberText.count(load.refused.count, "documents")), the first is '\(first.id)': \(first.error.message)\(place)"
    )
  }
}
