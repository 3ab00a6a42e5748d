public import Foundation
import SparrowCore
import SparrowModelFiles

/// Writes a model folder as an ONNX model: token ids in, weights or vectors out, pooling included.
///
/// The inputs are `input_ids` and `attention_mask`, int64 `[batch, sequence]`, padded at the end. The
/// output is float32: `sparse_embedding` `[batch, dimension]`, never below 0, for sparse models;
/// `sentence_embedding` for dense encoders; `logits` `[batch, labels]`, before the activation, for
/// cross-encoders, which take `token_type_ids` as a third input when their family tells the texts of a
/// pair apart. Of an inference-free model the side of the documents is written; its queries need no
/// model but a table. Operator set 17.
///
/// ```swift
/// let model = URL(fileURLWithPath: ".models/splade-tiny")
/// try ONNXExporter(folder: model).write(to: URL(fileURLWithPath: "model.onnx"))
/// ```
public struct ONNXExporter {
  private let folder: URL
  private let transformer: TransformerGraph
  private let layout: ExportLayout
  private let options: ONNXOptions

  /// Recognises a model folder.
  ///
  /// - Parameters:
  ///   - folder: a SPLADE, inference-free or CSR model, a dense encoder or a cross-encoder.
  ///   - options: number format and size of the file.
  /// - Throws: ``ExportError`` for other models, `ModelError` for an architecture that is not known, and
  ///   errors of the files.
  public init(folder: URL, options: ONNXOptions = ONNXOptions()) throws {
    self.folder = folder
    self.options = options
    let found = try ExportLayout.recognize(folder)
    transformer = try TransformerGraph(folder: found.transformer)
    layout = found.layout
  }

  /// Writes the model, and a file beside it when it is too large for one.
  ///
  /// - Parameter file: the file to write; `FILE.data` may appear beside it.
  /// - Returns: the sizes of the model.
  /// - Throws: ``ExportError`` when weights are missing or have the wrong shape; no file appears then.
  @discardableResult
  public func write(to file: URL) throws -> ONNXSummary {
    var model = try transformer.makeModel(options.precision)
    let result = try addOperations(to: &model)
    model.graph.addOutput(
      result.output.rawValue, from: result.value, rows: "batch", columns: result.dimension)
    let graph = model.graph
    let byteCount = graph.constants.reduce(0) { $0 + $1.content.byteCount }
    let isExternal = byteCount > options.largestInlineByteCount
    let dataFile = file.appendingPathExtension("data")
    let places = Self.places(
      of: graph.constants, in: isExternal ? dataFile.lastPathComponent : nil)
    if isExternal { try Self.write(graph.constants, places, to: dataFile) }
    let message = graph.model(
      places: places, metadata: [("maximum_length", "\(transformer.maximumLength)")])
    try AtomicFile.write(to: file) { try message.write(to: $0) }
    return ONNXSummary(
      output: result.output, dimension: result.dimension,
      maximumLength: transformer.maximumLength, byteCount: byteCount,
      externalFileName: isExternal ? dataFile.lastPathComponent : nil)
  }

  private func addOperations(
    to model: inout ModelGraph
  ) throws -> (value: String, output: ONNXSummary.Output, dimension: Int) {
    let (inputs, states) = try transformer.addEncoder(
      readsPairs: layout.readsPairs, to: &model)
    let limit = try SentenceTransformersSettings(folder: folder).maxActiveDimensions
    switch layout {
    case .splade(let pooling):
      var weights = try SpladeGraph(transformer, pooling: pooling).add(states, inputs, to: &model)
      let dimension = transformer.vocabularySize
      if let limit, limit < dimension {
        weights = TopWeights.add(weights, count: limit, to: &model)
      }
      return (weights, .sparseEmbedding, dimension)
    case .autoEncoder(let stages, let folder):
      let dense = try DenseGraph(stages, width: transformer.width)
      let autoEncoder = try AutoEncoderGraph(
        folder: folder, width: dense.dimension, activeCount: limit)
      let vector = try dense.add(states, inputs, to: &model)
      return (
        try autoEncoder.add(vector, to: &model), .sparseEmbedding, autoEncoder.dimension
      )
    case .dense(let stages):
      let dense = try DenseGraph(stages, width: transformer.width)
      return (
        try dense.add(states, inputs, to: &model), .sentenceEmbedding, dense.dimension
      )
    case .crossEncoder:
      let logits = try transformer.addClassifier(states, inputs, to: &model)
      return (logits, .logits, transformer.labelCount)
    }
  }

  /// The places of constants in a file; nil for small ones, and for all when there is no file.
  private static func places(
    of tensors: [ONNXTensor], in fileName: String?
  ) -> [ExternalPlace?] {
    var offset = 0
    return tensors.map { tensor in
      let byteCount = tensor.content.byteCount
      guard let fileName, byteCount >= ExternalPlace.leastByteCount else { return nil }
      defer { offset += (byteCount + ExternalPlace.alignment - 1) & ~(ExternalPlace.alignment - 1) }
      return ExternalPlace(fileName: fileName, offset: offset, byteCount: byteCount)
    }
  }

  private static func write(
    _ tensors: [ONNXTensor], _ places: [ExternalPlace?], to file: URL
  ) throws {
    try AtomicFile.write(to: file) { handle in
      for (tensor, place) in zip(tensors, places) {
        guard let place else { continue }
        try handle.seek(toOffset: UInt64(place.offset))
        try tensor.content.write(to: handle)
      }
    }
  }
}

extension ExportLayout {
  /// Whether the texts of a pair must be told apart.
  fileprivate var readsPairs: Bool {
    if case .crossEncoder = self { true } else { false }
  }
}
