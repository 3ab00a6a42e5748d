public import SparrowCore
import SparrowModelFiles
import SparrowTensor
public import SparrowText

extension CrossEncoder: RelevanceScorer {
  /// The scores of pairs of texts, one for each label.
  ///
  /// - Parameters:
  ///   - pairs: queries with their documents.
  ///   - progress: receives reports while scoring.
  /// - Returns: row `i` belongs to `pairs[i]`.
  /// - Throws: `CancellationError` when the task is cancelled, or an error of the model.
  public func scores(
    _ pairs: [TokenizerInput], progress: ProgressReporter? = nil
  ) throws -> [[Float]] {
    let windows = TextWindows(
      pairs, prompt: settings.prompt(for: nil), tokenizer: transformerStage.tokenizer,
      options: transformerStage.tokenizationOptions(task: nil))
    let values = try scores(windows, pairCount: pairs.count, progress)
    let labelCount = classifier.labelCount
    return pairs.indices.map { Array(values[($0 * labelCount)..<(($0 + 1) * labelCount)]) }
  }

  /// Scores each query with the document at its place.
  ///
  /// Each different text is tokenised once, however many pairs it is in.
  ///
  /// - Throws: `ModelError.Code.unsupported` when the model has several labels, `CancellationError`
  ///   when the task is cancelled, or an error of the model.
  public func scores(
    queries: [String], documents: [String], progress: ProgressReporter? = nil
  ) throws -> [Float] {
    guard classifier.labelCount == 1 else {
      throw ModelError(
        .unsupported,
        "Ranking needs a model with one label; this one has \(classifier.labelCount) labels. Use scores(_:) and choose a label."
      )
    }
    let tokenizer = transformerStage.tokenizer
    let prompt = settings.prompt(for: nil)
    let whole = TokenizationOptions(maximumLength: .max, addsSpecialTokens: false)
    let cut = transformerStage.tokenizationOptions(task: nil)
    let queries = DistinctTexts(queries)
    let documents = DistinctTexts(documents)
    let queryTokens = try tokenizer.encodeBatch(queries.texts.map { prompt + $0 }, options: whole)
    let documentTokens = try tokenizer.encodeBatch(documents.texts, options: whole)
    let windows = TextWindows(count: queries.places.count) { places in
      tokenizer.pairing(
        places.map { (first: queries.places[$0], second: documents.places[$0]) },
        of: queryTokens, with: documentTokens, options: cut)
    }
    return try scores(windows, pairCount: queries.places.count, progress)
  }

  /// Sorts documents by how well they match a query, best first; of equal ones the earlier.
  ///
  /// - Parameters:
  ///   - query: the search request.
  ///   - documents: what a first stage found.
  ///   - count: the most hits to return; nil returns all.
  ///   - progress: receives reports while scoring.
  /// - Returns: the documents' places with their scores.
  /// - Throws: `ModelError.Code.unsupported` when the model has several labels, or an error of the
  ///   model.
  public func rerank(
    _ query: String, _ documents: [String], count: Int? = nil, progress: ProgressReporter? = nil
  ) throws -> [Hit] {
    let scores = try scores(
      queries: documents.map { _ in query }, documents: documents, progress: progress)
    let hits = scores.enumerated().map { Hit(index: $0.offset, score: $0.element) }
    let order = hits.sorted { left, right in
      left.score != right.score ? left.score > right.score : left.index < right.index
    }
    return Array(order.prefix(count ?? order.count))
  }

  /// The scores of tokenised pairs, all labels of a pair together.
  private func scores(
    _ windows: TextWindows, pairCount: Int, _ progress: ProgressReporter?
  ) throws -> [Float] {
    let labelCount = classifier.labelCount
    var windows = windows
    var result = [Float](repeating: 0, count: pairCount * labelCount)
    var completed = 0
    while let window = try windows.next() {
      for batch in window.batches {
        try Task.checkCancellation()
        let values: [Float] = try withoutGradients {
          let logits = try forward(window.tokens.selectingTexts(batch), precision: precision)
          return try (activation == .sigmoid ? logits.sigmoid() : logits).values()  // [B, labels]
        }
        for (row, text) in batch.enumerated() {
          let place = (window.start + text) * labelCount
          result.replaceSubrange(
            place..<place + labelCount, with: values[(row * labelCount)..<((row + 1) * labelCount)])
        }
        completed += batch.count
        progress?(
          ProgressUpdate(
            activity: "Scoring pairs", completed: completed, total: pairCount, unit: "pairs"))
      }
    }
    return result
  }
}
