/// One report of how far a long piece of work has come.
public struct ProgressUpdate: Sendable, Hashable {
  /// What is being done, for example "Encoding documents".
  public var activity: String
  /// How many units are done.
  public var completed: Int
  /// How many units there are, when known.
  public var total: Int?
  /// What is counted, in the plural: "documents", "steps", "bytes".
  public var unit: String

  /// Makes a report.
  public init(activity: String, completed: Int, total: Int?, unit: String) {
    self.activity = activity
    self.completed = completed
    self.total = total
    self.unit = unit
  }

  /// Passes reports of one part of some work on as reports of the whole.
  ///
  /// - Parameters:
  ///   - base: how many units were done before this part.
  ///   - total: how many units the whole has.
  ///   - progress: receives the reports.
  /// - Returns: a reporter for the part.
  package static func counting(
    from base: Int, of total: Int?, _ progress: @escaping ProgressReporter
  ) -> ProgressReporter {
    { update in
      var update = update
      update.completed += base
      update.total = total
      progress(update)
    }
  }
}

/// Receives reports from long work; called often, so it must return quickly.
public typealias ProgressReporter = @Sendable (ProgressUpdate) -> Void
