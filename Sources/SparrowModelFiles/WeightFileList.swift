package import Foundation
import SparrowCore

/// Which files of a folder hold the weights: a `model.safetensors`, or several with an index.
package struct WeightFileList {
  /// The file that says where weights are, for messages: the only one, or the index.
  package let path: String
  /// The files with weights.
  package let files: [URL]

  /// Looks through a folder.
  ///
  /// - Throws: ``ModelError`` when it has no weights, or its index names a file that is not there; for
  ///   weights in Python's pickle format it says how to convert them.
  package init(folder: URL) throws {
    let single = folder.appendingPathComponent("model.safetensors")
    let index = folder.appendingPathComponent("model.safetensors.index.json")
    let manager = FileManager.default
    if manager.fileExists(atPath: single.path) {
      path = single.path
      files = [single]
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
        return shard
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
