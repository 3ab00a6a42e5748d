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
  /// - Throws: `ModelError` when there are none, or an error of the files.
  init(folder: URL, basePrefix: String?) throws {
    self.basePrefix = basePrefix.map { $0 + "." }
    let list = try WeightFileList(folder: folder)
    path = list.path
    files = try list.files.map { try SafetensorsFile(contentsOf: $0) }
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
}
