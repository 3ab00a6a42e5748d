public import Foundation
public import SparrowCore
public import SparrowModelFiles
import SparrowTensor
import SparrowText

/// A dense encoder: text in, one vector of fixed size out.
///
/// Teacher of sparse models, base of CSR models, and the dense side of hybrid search. Loads the folders
/// of Sentence Transformers with a transformer, pooling, and what follows it. Not `Sendable`: one task
/// owns an encoder.
///
/// ```swift
/// let encoder = try DenseEncoder(folder: URL(fileURLWithPath: ".models/all-MiniLM-L6-v2"))
/// let vectors = try encoder.encodeDocuments(["The quick brown fox", "A guide to routers"])
/// ```
public final class DenseEncoder: DenseEncoding {
  /// Prompts and similarity, as saved with the model; cosine when the model does not say.
  public var settings: SentenceTransformersSettings
  /// The model.
  public let model: DenseModel
  /// The number format of inference; the default is float32, the reference's numbers.
  public var precision: ComputePrecision = .float32
  /// What the folder had that looks wrong without being an error, in full sentences.
  public let warnings: [String]

  /// Loads a model folder.
  ///
  /// - Parameter folder: a Sentence Transformers folder, or a Hugging Face folder of an encoder, whose
  ///   states are then averaged.
  /// - Throws: `ModelError` and errors of the files, saying what is missing or broken, and where.
  public init(folder: URL) throws {
    settings = try SentenceTransformersSettings(folder: folder, defaultSimilarity: .cosine)
    model = try DenseModel(folder: folder)
    warnings = model.transformerStage.warnings
  }

  /// The size of the vectors.
  public var dimension: Int { model.dimension }

  /// How the model compares vectors.
  public var similarity: SimilarityFunction { settings.similarity }

  /// The longest text in tokens, beyond which it is cut; nil cuts none.
  public var maximumLength: Int? {
    get { model.transformerStage.maximumLength }
    set { model.transformerStage.maximumLength = newValue }
  }

  /// Encodes search requests, each with the model's `query` prompt before it.
  public func encodeQueries(
    _ texts: [String], progress: ProgressReporter? = nil
  ) throws -> DenseMatrix {
    try encode(texts, role: .query, progress: progress)
  }

  /// Encodes texts to be found, each with the model's `document` prompt before it.
  public func encodeDocuments(
    _ texts: [String], progress: ProgressReporter? = nil
  ) throws -> DenseMatrix {
    try encode(texts, role: .document, progress: progress)
  }

  /// Encodes texts of a role, each with the role's prompt before it; those on neither side of
  /// retrieval (nil) with the default prompt, if any.
  ///
  /// - Parameters:
  ///   - texts: what to encode.
  ///   - role: the side of retrieval they are on.
  ///   - progress: receives reports while encoding.
  /// - Returns: row `i` belongs to `texts[i]`.
  /// - Throws: `CancellationError` when the task is cancelled, or an error of the model.
  public func encode(
    _ texts: [String], role: TextRole?, progress: ProgressReporter? = nil
  ) throws -> DenseMatrix {
    let prompt = settings.prompt(for: role)
    let promptTokenCount = model.promptTokenCount(prompt)
    let options = model.transformerStage.tokenizationOptions(task: role?.rawValue)
    var result = DenseMatrix(rowCount: texts.count, columnCount: dimension)
    var completed = 0
    var windows = TextWindows(
      texts.map { TokenizerInput($0) }, prompt: prompt, tokenizer: model.tokenizer,
      options: options)
    while let window = try windows.next() {
      for batch in window.batches {
        try Task.checkCancellation()
        let vectors = try withoutGradients {
          try model(
            window.tokens.selectingTexts(batch), promptTokenCount: promptTokenCount,
            precision: precision)
        }
        let values = try vectors.values(as: Float.self)
        for (row, text) in batch.enumerated() {
          result.setRow(window.start + text, values[(row * dimension)..<((row + 1) * dimension)])
        }
        completed += batch.count
        progress?(
          ProgressUpdate(
            activity: "Encoding texts", completed: completed, total: texts.count, unit: "texts"))
      }
    }
    return result
  }

  /// Compares every row of one matrix with every row of another by the model's similarity.
  public func similarity(_ left: DenseMatrix, _ right: DenseMatrix) throws -> [[Float]] {
    try settings.similarity.matrix(left.sparse(), right.sparse())
  }
}

extension DenseMatrix {
  /// The same vectors with their zeros left out.
  fileprivate func sparse() throws(CoreError) -> SparseMatrix {
    try SparseMatrix(
      columnCount: columnCount,
      rows: (0..<rowCount).map { SparseVector(dense: Array(self[$0])) })
  }
}
