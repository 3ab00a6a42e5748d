import SparrowCore
import SparrowModels
import SparrowText

/// The terms of one text's vector, and which of them the text itself has.
struct TextExplanation {
  /// One weight of the vector.
  struct Term {
    let index: TokenID
    let name: String
    let weight: Float
    /// Whether the text has this token; otherwise the model added it.
    let isInText: Bool
  }

  let text: String
  /// All terms, heaviest first.
  let terms: [Term]
  /// Whether dimensions stand for tokens; those of CSR models are latents without names.
  let hasNames: Bool

  /// Encodes a text and looks for its terms among its tokens.
  init(
    _ text: String, role: TextRole, _ encoder: SparseEncoder, _ options: EncodingOptions
  ) throws {
    self.text = text
    let vector = try encoder.encode([text], role: role, options: options)[0]
    let tokens = Set(try encoder.tokenize([text], role: role).tokenIDs.map { TokenID($0) })
    let hasNames = encoder.term(0) != nil
    self.hasNames = hasNames
    terms = zip(vector.indices, vector.values).map { index, weight in
      Term(
        index: index, name: encoder.term(index) ?? "#\(index)", weight: weight,
        isInText: hasNames && tokens.contains(index))
    }.sorted { $0.weight != $1.weight ? $0.weight > $1.weight : $0.index < $1.index }
  }

  /// The explanation as JSON.
  var json: JSONObject {
    JSONObject([
      ("text", .string(text)), ("active_dims", .integer(Int64(terms.count))),
      (
        "terms",
        .array(
          terms.map { term in
            [
              "term": .string(term.name), "index": .integer(Int64(term.index)),
              "weight": .shortest(term.weight), "in_text": .bool(term.isInText),
            ]
          })
      ),
    ])
  }
}
