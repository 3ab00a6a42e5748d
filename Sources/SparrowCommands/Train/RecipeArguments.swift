import ArgumentParser
import SparrowCore
import SparrowTraining

/// The words of `sparrow train` that are no options of its own: a recipe's file, and keys of a recipe
/// written as options, `--learning-rate 2e-5`.
struct RecipeArguments {
  /// The recipe's file, nil when everything is given as options.
  private(set) var file: String?
  /// Keys and values in the order in which they stand; later ones win.
  private(set) var settings: [(key: String, value: String)] = []

  /// Sorts words into a file and settings, and appends the `key=value` of `--set`.
  ///
  /// - Throws: `ValidationError` when a word is neither, or a value is missing.
  init(words: [String], assignments: [String]) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-") else {
        guard file == nil else {
          throw ValidationError("There can be one recipe; found '\(file ?? "")' and '\(word)'.")
        }
        file = word
        continue
      }
      guard word.hasPrefix("--"), word.count > 2 else {
        throw ValidationError("There is no option '\(word)'.")
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1)
      let key = String(parts[0]).replacing("-", with: "_")
      if parts.count == 2 {
        settings.append((key, String(parts[1])))
      } else {
        settings.append((key, try Self.value(of: key, word, &rest)))
      }
    }
    for assignment in assignments {
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw ValidationError("--set needs KEY=VALUE; found '\(assignment)'.")
      }
      settings.append((String(parts[0]), String(parts[1])))
    }
  }

  /// The word after a key; a key for true or false needs none.
  private static func value(
    of key: String, _ word: String, _ rest: inout ArraySlice<String>
  ) throws -> String {
    let isFlag = TrainingArguments().json[key]?.bool != nil
    if isFlag {
      guard let next = rest.first, ["true", "false"].contains(next) else { return "true" }
      rest.removeFirst()
      return next
    }
    guard let value = rest.popFirst() else {
      throw ValidationError("The option '\(word)' needs a value.")
    }
    return value
  }
}
