import SparrowCore

/// Makes post-processors from their description in `tokenizer.json`.
enum PostProcessorReader {
  private static let knownTypes = [
    "BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing",
  ]

  static func read(_ node: JSONNode) throws(TextError) -> PostProcessor {
    let type = try node.type()
    switch type {
    case "BertProcessing": return try bert(node)
    case "ByteLevel": return PostProcessor(trimming: try trimming(node))
    case "RobertaProcessing": return try roberta(node)
    case "Sequence": return try sequence(node)
    case "TemplateProcessing": return try template(node)
    default: throw node.unknownType(type, of: "post-processor", known: knownTypes)
    }
  }

  /// Reads several post-processors, of which one at most may add special tokens.
  private static func sequence(_ node: JSONNode) throws(TextError) -> PostProcessor {
    var result = PostProcessor()
    var adding: String?
    let list = try node.required("processors")
    for element in try list.elements() {
      let processor = try read(element)
      result.trimming = processor.trimming ?? result.trimming
      let type = try element.type()
      guard type != "ByteLevel" else { continue }
      if let adding {
        throw element.error(
          expected: "no second post-processor that adds tokens", found: "\(type) after \(adding)")
      }
      adding = type
      result.single = processor.single
      result.pair = processor.pair
    }
    return result
  }

  private static func bert(_ node: JSONNode) throws(TextError) -> PostProcessor {
    let first = try tokenWithID(node.required("cls"))
    let separator = try tokenWithID(node.required("sep"))
    let single: [PostProcessor.Part] = [
      .special(ids: [first], typeID: 0), .text(isSecond: false, typeID: 0),
      .special(ids: [separator], typeID: 0),
    ]
    return PostProcessor(
      single: single,
      pair: single + [
        .text(isSecond: true, typeID: 1), .special(ids: [separator], typeID: 1),
      ])
  }

  private static func roberta(_ node: JSONNode) throws(TextError) -> PostProcessor {
    let first = try tokenWithID(node.required("cls"))
    let separator = try tokenWithID(node.required("sep"))
    let single: [PostProcessor.Part] = [
      .special(ids: [first], typeID: 0), .text(isSecond: false, typeID: 0),
      .special(ids: [separator], typeID: 0),
    ]
    return PostProcessor(
      single: single,
      pair: single + [
        .special(ids: [separator], typeID: 0), .text(isSecond: true, typeID: 0),
        .special(ids: [separator], typeID: 0),
      ],
      trimming: try trimming(node))
  }

  private static func trimming(_ node: JSONNode) throws(TextError) -> OffsetTrimming? {
    guard try node.required("trim_offsets").bool() else { return nil }
    return OffsetTrimming(addsPrefixSpace: try node.required("add_prefix_space").bool())
  }

  /// Reads `["[SEP]", 102]`.
  private static func tokenWithID(_ node: JSONNode) throws(TextError) -> TokenID {
    let elements = try node.elements()
    guard elements.count == 2 else { throw node.error(expected: "a token and its id") }
    return try elements[1].tokenID()
  }

  private static func template(_ node: JSONNode) throws(TextError) -> PostProcessor {
    var specials: [String: [TokenID]] = [:]
    for (name, special) in try node.required("special_tokens").members() {
      var ids: [TokenID] = []
      for id in try special.required("ids").elements() { ids.append(try id.tokenID()) }
      specials[name] = ids
    }
    let pair = try node.required("pair")
    let result = PostProcessor(
      single: try parts(node.required("single"), specials), pair: try parts(pair, specials))
    let texts = result.pair.compactMap { part in
      if case .text(let isSecond, _) = part { isSecond } else { nil }
    }
    guard texts.sorted(by: { !$0 && $1 }) == [false, true] else {
      throw pair.error(
        expected: "the texts A and B, once each", found: "\(texts.count) texts")
    }
    return result
  }

  private static func parts(
    _ node: JSONNode, _ specials: [String: [TokenID]]
  ) throws(TextError) -> [PostProcessor.Part] {
    var parts: [PostProcessor.Part] = []
    for element in try node.elements() {
      if let text = try element.optional("Sequence") {
        let name = try text.required("id").string()
        guard name == "A" || name == "B" else {
          throw text.error(expected: "the text \"A\" or \"B\"", found: "\"\(name)\"")
        }
        parts.append(.text(isSecond: name == "B", typeID: try typeID(text)))
      } else {
        let special = try element.required("SpecialToken")
        let name = try special.required("id").string()
        guard let ids = specials[name] else {
          throw special.error(expected: "a name among special_tokens", found: "\"\(name)\"")
        }
        parts.append(.special(ids: ids, typeID: try typeID(special)))
      }
    }
    return parts
  }

  private static func typeID(_ node: JSONNode) throws(TextError) -> Int32 {
    Int32(try node.required("type_id").integer(in: 0...Int(Int32.max)))
  }
}
