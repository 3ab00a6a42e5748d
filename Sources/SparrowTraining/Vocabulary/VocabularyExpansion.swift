public import Foundation
import SparrowCore
import SparrowModels
import SparrowTensor
public import SparrowText

/// Gives a SPLADE model a dimension for each of a domain's words.
///
/// The words become tokens of the WordPiece vocabulary; embedding, output row and output bias of each
/// start as the mean of its pieces', so that the model understands a new word about as well as its
/// pieces before, and training does the rest. All other weights stay as they are. Texts without any
/// of the words keep their weights in the old dimensions exactly.
///
/// ```swift
/// let expansion = try VocabularyExpansion(folder: modelFolder)
/// try expansion.write(terms, to: biggerModel)
/// ```
public struct VocabularyExpansion {
  /// The model's tokenizer.
  public let tokenizer: Tokenizer
  private let folder: URL
  private let encoder: SparseEncoder

  /// Opens a model.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when its vocabulary is not of WordPiece; errors
  ///   of the files.
  public init(folder: URL) throws {
    encoder = try SparseEncoder(folder: folder)
    tokenizer = try Tokenizer(folder: folder)
    self.folder = folder
  }

  /// Writes the model with more terms.
  ///
  /// - Parameters:
  ///   - terms: words with the pieces they consist of, as ``DomainTermCounter`` finds them.
  ///   - output: a folder that does not exist; it appears whole or not at all.
  /// - Throws: ``TrainingError/Code/invalidArgument`` when there is no term, one is a token already
  ///   or the model's layout has no place for terms; errors of the files.
  public func write(_ terms: [DomainTerm], to output: URL) throws {
    guard !terms.isEmpty else {
      throw TrainingError(.invalidArgument, "There is no term to add to the vocabulary.")
    }
    let manager = FileManager.default
    guard !manager.fileExists(atPath: output.path) else {
      throw TrainingError(
        .invalidArgument, "The folder exists already; name a new one.",
        at: FileLocation(path: output.path))
    }
    let temporary = output.deletingLastPathComponent().appendingPathComponent(
      ".\(output.lastPathComponent).\(UUID().uuidString)", isDirectory: true)
    do {
      try encoder.save(to: temporary)
      let firstNew = try addToTokenizer(terms, in: temporary)
      let rowCount = try addToWeights(terms, firstNew: firstNew, in: temporary)
      try setSizes(rowCount, in: temporary)
      try check(terms, firstNew: firstNew, in: temporary)
      try manager.moveItem(at: temporary, to: output)
    } catch {
      try? manager.removeItem(at: temporary)
      throw error
    }
  }

  /// Adds the terms to `tokenizer.json`.
  ///
  /// - Returns: the first new token.
  private func addToTokenizer(_ terms: [DomainTerm], in folder: URL) throws -> Int {
    let url = folder.appendingPathComponent("tokenizer.json")
    guard var object = try JSONValue(contentsOf: url).object,
      var model = object["model"]?.object, var vocabulary = model["vocab"]?.object,
      model["type"]?.string ?? "WordPiece" == "WordPiece"
    else {
      throw TrainingError(
        .invalidArgument,
        "Terms can be added to WordPiece vocabularies, which map tokens to numbers; this tokenizer has another kind of model.",
        at: FileLocation(path: self.folder.path, item: "tokenizer.json"))
    }
    let firstNew = tokenizer.vocabulary.count
    for (place, term) in terms.enumerated() {
      guard vocabulary[term.text] == nil else {
        throw TrainingError(
          .invalidArgument, "The vocabulary has the token '\(term.text)' already.",
          at: FileLocation(path: self.folder.path))
      }
      vocabulary[term.text] = .integer(Int64(firstNew + place))
    }
    model["vocab"] = .object(vocabulary)
    object["model"] = .object(model)
    try AtomicFile.write(
      JSONValue.object(object).data(JSONFormat(indent: 2, escapesNonASCII: false)), to: url)
    return firstNew
  }

  /// The ends of names of tensors that have a row for each token.
  private static let rowNames = [
    "embeddings.word_embeddings.weight", "predictions.bias", "predictions.decoder.weight",
    "predictions.decoder.bias", "vocab_projector.weight", "vocab_projector.bias",
  ]

  /// Adds rows to the tensors that have one for each token.
  ///
  /// - Returns: the number of rows now.
  private func addToWeights(
    _ terms: [DomainTerm], firstNew: Int, in folder: URL
  ) throws -> Int {
    let url = folder.appendingPathComponent("model.safetensors")
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw TrainingError(
        .invalidArgument,
        "Terms can be added to SPLADE models of one transformer; this one has its weights elsewhere.",
        at: FileLocation(path: self.folder.path))
    }
    let file = try SafetensorsFile(contentsOf: url)
    var rowCount = 0
    let tensors = try file.entries.map { entry in
      let tensor = try file.tensor(entry.name)
      guard Self.rowNames.contains(where: entry.name.hasSuffix) else {
        return (name: entry.name, tensor: tensor)
      }
      let wider = try Self.appendingRows(to: tensor, terms, firstNew: firstNew)
      rowCount = wider.shape[0]
      return (name: entry.name, tensor: wider)
    }
    guard rowCount > 0 else {
      throw TrainingError(
        .invalidArgument,
        "The weights have no tensor with a row for each token; expected one of \(Self.rowNames.joined(separator: ", ")).",
        at: FileLocation(path: self.folder.path))
    }
    try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: url)
    return rowCount
  }

  /// A tensor with a row for each term, the mean of its pieces' rows, in place of unused rows or
  /// after the last.
  private static func appendingRows(
    to tensor: Tensor, _ terms: [DomainTerm], firstNew: Int
  ) throws -> Tensor {
    let new = try terms.map { term in
      try tensor.selected(Tensor(term.pieces.map { Int64($0) })).mean(0)
    }
    let count = tensor.shape[0]
    let end = firstNew + terms.count
    var parts = [try tensor.narrowed(0, 0..<firstNew), try Tensor.stacked(new)]
    if end < count { parts.append(try tensor.narrowed(0, end..<count)) }
    return try Tensor.concatenated(parts)
  }

  /// Writes the new size into the files that state it.
  private func setSizes(_ rowCount: Int, in folder: URL) throws {
    for (path, key) in [
      ("config.json", "vocab_size"), ("1_SpladePooling/config.json", "embedding_dimension"),
    ] {
      let url = folder.appendingPathComponent(path)
      guard var object = try JSONValue(contentsOf: url).object else { continue }
      object[key] = .integer(Int64(rowCount))
      try AtomicFile.write(JSONValue.object(object).data(JSONFormat(indent: 2)), to: url)
    }
  }

  /// Loads what was written, and checks that every term is one token now.
  private func check(_ terms: [DomainTerm], firstNew: Int, in folder: URL) throws {
    _ = try SparseEncoder(folder: folder)
    let written = try Tokenizer(folder: folder)
    let options = TokenizationOptions(addsSpecialTokens: false)
    let batch = try written.encodeBatch(terms.map(\.text), options: options)
    for (place, term) in terms.enumerated() {
      let tokens = batch.tokenIDs[batch.range(ofText: place)].map { Int($0) }
      guard tokens == [firstNew + place] else {
        throw TrainingError(
          .invalidArgument,
          "The tokenizer does not read '\(term.text)' as one word; it makes \(tokens.count) tokens of it. Leave the term out.",
          at: FileLocation(path: self.folder.path))
      }
    }
  }
}
