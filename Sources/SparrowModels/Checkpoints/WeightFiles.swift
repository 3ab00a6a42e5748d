import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowNN
import SparrowTensor

/// The weights of one transformer stage: a `model.safetensors`, or several with an index.
///
/// Names are found with and without the architecture's base prefix (`bert.`), so that files of
/// headless models serve models with a head and the reverse.
final class WeightFiles: ParameterSource {
  let path: String
  private let files: [SafetensorsFile]
  private let fileOfName: [String: Int]
  private let basePrefix: String?
  private var usedNames: Set<String> = []

  /// Opens the weights of a folder.
  ///
  /// - Throws: ``ModelError`` when there are none, or an error of the files.
  init(folder: URL, basePrefix: String?) throws {
    self.basePrefix = basePrefix.map { $0 + "." }
    let single = folder.appendingPathComponent("model.safetensors")
    let index = folder.appendingPathComponent("model.safetensors.index.json")
    let manager = FileManager.default
    if manager.fileExists(atPath: single.path) {
      path = single.path
      files = [try SafetensorsFile(contentsOf: single)]
    } else if manager.fileExists(atPath: index.path) {
      path = index.path
      files = try Self.shardNames(index).map { name in
        let shard = folder.appendingPathComponent(name)
        guard manager.fileExists(atPath: shard.path) else {
          throw ModelError(
            .missing,
            "The index names the file '\(name)', and the folder has none of that name. Fetch the rest of the model.",
            at: FileLocation(path: index.path))
        }
        return try SafetensorsFile(contentsOf: shard)
      }
    } else {
      let pickle = folder.appendingPathComponent("pytorch_model.bin")
      throw ModelError(
        .missing,
        manager.fileExists(atPath: pickle.path)
          ? "The folder has pytorch_model.bin only, a format that can run code when read. Convert it once with transformers: AutoModel.from_pretrained(folder).save_pretrained(folder)."
          : "The folder has no weights: expected model.safetensors or model.safetensors.index.json.",
        at: FileLocation(path: folder.path))
    }
    var fileOfName: [String: Int] = [:]
    for (position, file) in files.enumerated() {
      for entry in file.entries { fileOfName[entry.name] = position }
    }
    self.fileOfName = fileOfName
  }

  func tensor(named name: String) throws -> Tensor? {
    for candidate in [name, alternative(name)].compactMap(\.self) {
      if let position = fileOfName[candidate] {
        usedNames.insert(candidate)
        return try files[position].tensor(candidate)
      }
    }
    return nil
  }

  /// Names that nothing asked for, without those every checkpoint may carry in vain: the head of a
  /// model of which only the encoder is used, poolers, and copies of tied tensors.
  var leftOverNames: [String] {
    let headlessPrefix = basePrefix.flatMap { prefix in
      usedNames.allSatisfy { $0.hasPrefix(prefix) } ? prefix : nil
    }
    return fileOfName.keys.filter { name in
      !usedNames.contains(name) && name.hasPrefix(headlessPrefix ?? "")
        && !name.hasSuffix("position_ids") && !name.contains("pooler.")
        && !name.hasPrefix("cls.seq_relationship.") && !name.hasPrefix("cls.predictions.decoder.")
    }.sorted()
  }

  private func alternative(_ name: String) -> String? {
    guard let basePrefix else { return nil }
    return name.hasPrefix(basePrefix)
      ? String(name.dropFirst(basePrefix.count)) : basePrefix + name
  }

  private static func shardNames(_ index: URL) throws -> [String] {
    let map = try JSONValue(contentsOf: index)["weight_map"]?.object
    guard let map, !map.isEmpty else {
      throw ModelError(
        .invalidConfiguration, "Expected an object of tensor names and file names.",
        at: FileLocation(path: index.path, item: "weight_map"))
    }
    var names: [String] = []
    for (tensor, value) in map.members {
      guard let name = value.string, !name.contains("/"), !name.isEmpty, name != ".." else {
        throw ModelError(
          .invalidConfiguration, "Expected the name of a file in the same folder.",
          at: FileLocation(path: index.path, item: tensor))
      }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
