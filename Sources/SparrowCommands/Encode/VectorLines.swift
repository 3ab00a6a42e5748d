import SparrowCore

/// Writes sparse vectors as text, one line each.
enum VectorLines {
  /// `{"id":"…","indices":[…],"values":[…]}` with indices ascending and each value in the fewest
  /// digits that read back to it.
  static func numbers(
    _ ids: [String], _ vectors: SparseMatrix
  ) -> [UInt8] {
    var output: [UInt8] = []
    for (row, id) in ids.enumerated() {
      let entries = vectors.entries(ofRow: row)
      output.append(contentsOf: "{\"id\":\(JSONValue.string(id).text(.compact)),\"indices\":[".utf8)
      for (position, index) in entries.indices.enumerated() {
        if position > 0 { output.append(UInt8(ascii: ",")) }
        output.append(contentsOf: index.description.utf8)
      }
      output.append(contentsOf: "],\"values\":[".utf8)
      for (position, value) in entries.values.enumerated() {
        if position > 0 { output.append(UInt8(ascii: ",")) }
        output.append(contentsOf: JSONValue.spelling(of: value).utf8)
      }
      output.append(contentsOf: "]}\n".utf8)
    }
    return output
  }

  /// The identifier and the terms with their weights, heaviest first, all on one line.
  static func terms(_ id: String, _ terms: [TermWeight]) -> String {
    let words = terms.map { "\($0.term) \(NumberText.fixed(Double($0.weight), 2))" }
    return "\(id)\t\(words.joined(separator: ", "))\n"
  }

  /// `{"id":"…","terms":[{"term":"…","weight":…}]}`, heaviest first.
  static func termObject(_ id: String, _ terms: [TermWeight]) -> String {
    let value: JSONValue = [
      "id": .string(id),
      "terms": .array(
        terms.map { ["term": .string($0.term), "weight": .shortest($0.weight)] }),
    ]
    return value.text(.compact) + "\n"
  }
}

extension JSONValue {
  /// A float32 number with the fewest digits that read back to it.
  static func spelling(of value: Float) -> String {
    value.isFinite ? value.description : spelling(of: Double(value))
  }
}
