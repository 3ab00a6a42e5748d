public import Foundation
import SparrowCore

extension Tokenizer {
  /// Writes `tokenizer.json` and `tokenizer_config.json` as the reference does when it saves a model.
  ///
  /// `tokenizer.json` is written as it was read.
  ///
  /// - Parameters:
  ///   - folder: an existing folder; files of these names are replaced.
  ///   - maximumLength: the `model_max_length` to write; nil keeps the one that was read.
  /// - Throws: ``TextError`` when a file cannot be written; the old one is then still whole.
  public func save(toFolder folder: URL, maximumLength: Int? = nil) throws(TextError) {
    let settings = JSONValue.object(configurationToSave(maximumLength: maximumLength))
    var text = settings.data(JSONFormat(indent: 2, escapesNonASCII: false))
    text.append(UInt8(ascii: "\n"))
    do {
      try AtomicFile.write(fileData, to: folder.appendingPathComponent("tokenizer.json"))
      try AtomicFile.write(text, to: folder.appendingPathComponent("tokenizer_config.json"))
    } catch {
      throw TextError(error)
    }
  }

  /// The members that were read, the reference's bookkeeping, and keys in order.
  private func configurationToSave(maximumLength: Int?) -> JSONObject {
    var members = configuration.members
    members["name_or_path"] = nil
    members["backend"] = "tokenizers"
    members["is_local"] = true
    members["local_files_only"] = false
    for (key, value) in storedState.members where members[key] == nil { members[key] = value }
    if let length = maximumLength ?? self.maximumLength {
      members["model_max_length"] = .integer(Int64(length))
    }
    return members.sortedByKey
  }
}
