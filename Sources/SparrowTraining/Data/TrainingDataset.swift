public import SparrowData

/// A dataset with the name under which prompts, routes and losses are chosen for it.
public struct TrainingDataset: Sendable {
  /// The name; nil when there is only one dataset.
  public var name: String?
  /// The rows: input columns in order, and perhaps a column of labels.
  public var dataset: Dataset

  /// Makes a training dataset.
  public init(_ dataset: Dataset, name: String? = nil) {
    self.dataset = dataset
    self.name = name
  }
}
