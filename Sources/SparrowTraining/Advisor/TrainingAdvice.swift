/// One thing an advisor saw in a run.
public struct TrainingAdvice: Sendable, Hashable {
  /// What kind of thing it is; each kind is told once a run.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Texts that get no weight at all.
    case emptyVectors
    /// Many more active dimensions than an index wants.
    case tooDense
    /// So few active dimensions that texts cannot be told apart.
    case tooSparse
    /// The penalties outweigh what is to be learned.
    case regularizersDominate
    /// Terms that every text gets.
    case constantTerms
    /// The loss stands still.
    case notLearning
    /// The loss is that of guessing.
    case guessing
    /// Evaluations get worse while the loss falls.
    case overfitting
    /// Few rows, seen often.
    case smallData
    /// The same text twice in a batch, and so as its own negative.
    case falseNegatives
    /// Too few texts in a batch to compete.
    case smallBatches
    /// Labels of another size than the model's scores.
    case labelScale
  }

  /// What kind of thing it is.
  public let kind: Kind
  /// The optimiser steps that were done when it was seen.
  public let step: Int
  /// What was seen, with the figure, and what to change, in one or two sentences.
  public let message: String
}
