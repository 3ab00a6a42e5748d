import Foundation
public import SparrowCore
import SparrowIndex
public import SparrowModels

extension RetrieverRecipe {
  /// A model of a recipe, and how it is made to encode.
  public struct ModelSettings: Sendable, Hashable {
    /// The model's folder.
    public let path: String
    /// Texts are cut at so many tokens; nil keeps the model's own limit.
    public let maximumLength: Int?
    /// Keep at most this many weights a text; nil keeps all.
    public let maximumActive: Int?
    /// The number format of the computation.
    public let precision: ComputePrecision

    init(_ reader: inout SettingsReader) throws(RetrievalError) {
      path = try reader.requiredText("model")
      maximumLength = try reader.count("max_length", from: 1)
      precision = try reader.choice("precision") ?? .float32
      maximumActive = nil
    }

    init(sparse reader: inout SettingsReader) throws(RetrievalError) {
      path = try reader.requiredText("model")
      maximumLength = try reader.count("max_length", from: 1)
      precision = try reader.choice("precision") ?? .float32
      maximumActive = try reader.count("max_active", from: 1)
    }

    fileprivate var folder: URL { URL(fileURLWithPath: path) }

    /// What the model's vectors depend on.
    fileprivate func space() throws -> VectorSpace {
      try VectorSpace.model(
        in: folder, precision: precision, maximumLength: maximumLength,
        maximumActiveDimensions: maximumActive)
    }
  }

  /// Loads the models, encodes the documents by each, and puts the pipeline together.
  ///
  /// - Parameters:
  ///   - documents: what can be found.
  ///   - cache: keeps the documents' vectors for the next time; nil, the default, keeps none. Queries
  ///     and BM25 do without.
  ///   - progress: receives reports while documents are encoded.
  ///   - warn: receives what looks wrong in a model's folder without being an error.
  /// - Returns: the pipeline.
  /// - Throws: errors of the models' files, naming what is missing or broken; what encoders throw;
  ///   `CancellationError` when the task was cancelled.
  public func makeRetriever(
    documents: [Document], cache: EmbeddingCache? = nil, progress: ProgressReporter? = nil,
    warn: (String) -> Void = { _ in }
  ) throws -> Retriever {
    // All models are loaded first, so that a wrong folder is known before an hour of encoding.
    let encoders = try stages.map { try encoder(of: $0, warn) }
    let reranking = try rerank.map { settings in
      let model = try CrossEncoder(folder: settings.model.folder)
      for warning in model.warnings { warn("\(settings.model.path): \(warning)") }
      model.precision = settings.model.precision
      if let length = settings.model.maximumLength { model.maximumLength = length }
      return try Reranking(scorer: model, depth: settings.depth, weight: settings.weight)
    }
    let stages = try zip(stages, encoders).map { stage, encoder in
      try encoder.stage(stage, documents, cache, progress)
    }
    return try Retriever(
      stages: stages, fusion: fusion, reranking: reranking, documents: documents)
  }

  /// What encodes for a stage.
  private enum StageEncoder {
    case bm25(BM25Configuration)
    case sparse(SparseEncoder, ModelSettings)
    case dense(DenseEncoder, ModelSettings, DensePrecision, SimilarityFunction?)

    func stage(
      _ stage: Stage, _ documents: [Document], _ cache: EmbeddingCache?,
      _ progress: ProgressReporter?
    ) throws -> CandidateStage {
      switch self {
      case .bm25(let configuration):
        let encoder = try BM25Encoder(
          fitting: documents.lazy.map(\.content), configuration: configuration, progress: progress)
        return try CandidateStage(
          name: stage.name, encoder: encoder, documents: documents, depth: stage.depth,
          options: EncodingOptions(progress: progress))
      case .sparse(let encoder, let settings):
        return try CandidateStage(
          name: stage.name, encoder: encoder,
          documentEncoder: try cache.map {
            try CachedEncoder(encoder, space: settings.space(), cache: $0)
          },
          documents: documents, depth: stage.depth,
          options: EncodingOptions(
            maxActiveDimensions: settings.maximumActive, progress: progress))
      case .dense(let encoder, let settings, let storage, let similarity):
        return try CandidateStage(
          name: stage.name, encoder: encoder,
          documentEncoder: try cache.map {
            CachedDenseEncoder(encoder, space: try settings.space(), cache: $0)
          },
          documents: documents, depth: stage.depth, storage: storage, similarity: similarity,
          progress: progress)
      }
    }
  }

  private func encoder(of stage: Stage, _ warn: (String) -> Void) throws -> StageEncoder {
    switch stage.search {
    case .bm25(let configuration): return .bm25(configuration)
    case .sparse(let settings):
      let encoder = try SparseEncoder(folder: settings.folder)
      for warning in encoder.warnings { warn("\(settings.path): \(warning)") }
      if encoder.similarity != .dot {
        warn(
          "\(settings.path): This model compares by \(encoder.similarity.rawValue); the stage '\(stage.name)' ranks by dot product."
        )
      }
      encoder.precision = settings.precision
      if let length = settings.maximumLength { encoder.maximumLength = length }
      return .sparse(encoder, settings)
    case .dense(let settings, let storage, let similarity):
      let encoder = try DenseEncoder(folder: settings.folder)
      for warning in encoder.warnings { warn("\(settings.path): \(warning)") }
      encoder.precision = settings.precision
      if let length = settings.maximumLength { encoder.maximumLength = length }
      return .dense(encoder, settings, storage, similarity)
    }
  }
}
