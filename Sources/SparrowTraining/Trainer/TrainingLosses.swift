/// The loss of a run, or one for each dataset.
public enum TrainingLosses {
  /// The same for all datasets.
  case one(any TrainingLoss)
  /// By the name of the dataset.
  case byDataset([String: any TrainingLoss])

  /// Every loss once, in order of dataset names.
  var all: [any TrainingLoss] {
    switch self {
    case .one(let loss): return [loss]
    case .byDataset(let losses):
      var seen: Set<ObjectIdentifier> = []
      return losses.sorted { $0.key < $1.key }.map(\.value)
        .filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
  }

  /// The loss of each dataset, in their order.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when a dataset has no name or no loss.
  func losses(
    of datasets: [TrainingDataset]
  ) throws(TrainingError) -> [any TrainingLoss] {
    switch self {
    case .one(let loss): return datasets.map { _ in loss }
    case .byDataset(let losses):
      let known = losses.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      var result: [any TrainingLoss] = []
      for dataset in datasets {
        guard let name = dataset.name, let loss = losses[name] else {
          throw TrainingError(
            .invalidArgument,
            "There are losses for the datasets \(known), and none for \(dataset.name.map { "'\($0)'" } ?? "a dataset without a name")."
          )
        }
        result.append(loss)
      }
      return result
    }
  }
}
