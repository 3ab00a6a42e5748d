public import Foundation
import SparrowCore
import SparrowModelFiles

/// Writes a model folder as an ONNX model: token ids in, sparse weights out, pooling included.
///
/// The inputs are `input_ids` and `attention_mask`, int64 `[batch, sequence]`; the output is
/// `sparse_embedding`, float32 `[batch, dimension]`, never below 0. Of an inference-free model the
/// side of the documents is written; its queries need no model but a table. Operator set 17.
///
/// ```swift
/// let model = URL(fileURLWithPath: ".models/splade-tiny")
/// try ONNXExporter(folder: model).write(to: URL(fileURLWithPath: "model.onnx"))
/// ```
public struct ONNXExporter {
  private let folder: URL
  private let layout: ExportLayout
  private let options: ONNXOptions

  /// The names of the inputs and of the output.
  public static let names = (
    inputs: ["input_ids", "attention_mask"], output: "sparse_embedding"
  )

  /// Recognises a model folder.
  ///
  /// - Parameters:
  ///   - folder: a SPLADE model over BERT or DistilBERT, an inference-free or a CSR model.
  ///   - options: number format and size of the file.
  /// - Throws: ``ExportError`` for other models, and errors of the files.
  public init(folder: URL, options: ONNXOptions = ONNXOptions()) throws {
    self.folder = folder
    self.options = options
    layout = try ExportLayout(folder: folder)
  }

  /// Writes the model, and a file beside it when it is too large for one.
  ///
  /// - Parameter file: the file to write; `FILE.data` may appear beside it.
  /// - Returns: the sizes of the model.
  /// - Throws: ``ExportError`` when weights are missing or have the wrong shape; no file appears then.
  @discardableResult
  public func write(to file: URL) throws -> ONNXSummary {
    let (graph, encoder, dimension) = try build()
    let byteCount = graph.constants.reduce(0) { $0 + $1.content.byteCount }
    let isExternal = byteCount > options.largestInlineByteCount
    let dataFile = file.appendingPathExtension("data")
    let places = Self.places(
      of: graph.constants, in: isExternal ? dataFile.lastPathComponent : nil)
    if isExternal { try Self.write(graph.constants, places, to: dataFile) }
    let model = graph.model(
      places: places, metadata: [("maximum_length", "\(encoder.maximumLength)")])
    try AtomicFile.write(to: file) { try model.write(to: $0) }
    return ONNXSummary(
      dimension: dimension, maximumLength: encoder.maximumLength, byteCount: byteCount,
      externalFileName: isExternal ? dataFile.lastPathComponent : nil)
  }

  private func build() throws -> (graph: ONNXGraph, encoder: EncoderGraph, dimension: Int) {
    let limit = try SentenceTransformersSettings(folder: folder).maxActiveDimensions
    switch layout {
    case .splade(let folder, let pooling):
      let encoder = try EncoderGraph(folder: folder)
      var model = ModelGraph(
        weights: try WeightFiles(folder: folder), precision: options.precision)
      let (states, mask, sizes) = try encoder.addEncoder(to: &model)
      let logits = try encoder.addHead(states, to: &model)
      var weights = try SpladeGraph(folder: pooling).add(
        logits, mask: mask, sizes: sizes, to: &model)
      if let limit, limit < encoder.vocabularySize {
        weights = TopWeights.add(weights, count: limit, to: &model)
      }
      return (finish(&model, weights, encoder.vocabularySize), encoder, encoder.vocabularySize)
    case .autoEncoder(let folder, let hasUnitLength, let autoEncoderFolder):
      let encoder = try EncoderGraph(folder: folder)
      let autoEncoder = try AutoEncoderGraph(folder: autoEncoderFolder, activeCount: limit)
      var model = ModelGraph(
        weights: try WeightFiles(folder: folder), precision: options.precision)
      let (states, mask, sizes) = try encoder.addEncoder(to: &model)
      var vector = AutoEncoderGraph.addMean(states, mask: mask, sizes: sizes, to: &model)
      if hasUnitLength { vector = AutoEncoderGraph.addUnitLength(vector, to: &model) }
      let weights = try autoEncoder.add(vector, to: &model)
      return (finish(&model, weights, autoEncoder.width), encoder, autoEncoder.width)
    }
  }

  private func finish(_ model: inout ModelGraph, _ weights: String, _ dimension: Int) -> ONNXGraph {
    model.graph.addOutput(Self.names.output, from: weights, rows: "batch", columns: dimension)
    return model.graph
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
