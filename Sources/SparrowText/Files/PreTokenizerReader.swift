import SparrowCore

/// Makes pre-tokenisers from their description in `tokenizer.json`.
enum PreTokenizerReader {
  private static let knownTypes = [
    "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Delimiter", "Digits", "FixedLength",
    "Metaspace", "Punctuation", "Sequence", "Split", "Whitespace", "WhitespaceSplit",
  ]

  static func read(_ node: JSONNode) throws(TextError) -> any PreTokenizer {
    let type = try node.type()
    switch type {
    case "BertPreTokenizer": return BertPreTokenizer()
    case "ByteLevel":
      return ByteLevelPreTokenizer(
        addsPrefixSpace: try node.required("add_prefix_space").bool(),
        cutsWords: try node.optional("use_regex")?.bool() ?? true)
    case "CharDelimiterSplit", "Delimiter":
      return splitting(
        at: LiteralPattern(content: [try node.required("delimiter").scalar()]), .removed)
    case "Digits":
      let isolates = try node.required("individual_digits").bool()
      return splitting(
        at: PropertyPattern(property: .numeric), isolates ? .isolated : .contiguous)
    case "FixedLength":
      return FixedLengthPreTokenizer(
        length: try node.optional("length")?.integer(in: 1...Int(Int32.max)) ?? 5)
    case "Metaspace": return try metaspace(node)
    case "Punctuation":
      return splitting(
        at: PropertyPattern(property: .punctuation),
        try node.optional("behavior").map(behavior) ?? .isolated)
    case "Sequence":
      var preTokenizers: [any PreTokenizer] = []
      for element in try node.required("pretokenizers").elements() {
        preTokenizers.append(try read(element))
      }
      return PreTokenizerSequence(preTokenizers: preTokenizers)
    case "Split":
      return SplitPreTokenizer(
        splitter: Splitter(
          pattern: try PatternReader.read(node.required("pattern")),
          behavior: try behavior(node.required("behavior")),
          isInverted: try node.required("invert").bool()))
    case "Whitespace":
      return SplitPreTokenizer(
        splitter: Splitter(pattern: WordPattern(), behavior: .removed, isInverted: true))
    case "WhitespaceSplit":
      return splitting(at: PropertyPattern(property: .whitespace), .removed)
    default: throw node.unknownType(type, of: "pre-tokenizer", known: knownTypes)
    }
  }

  private static func splitting(
    at pattern: any TextPattern, _ behavior: SplitBehavior
  ) -> SplitPreTokenizer {
    SplitPreTokenizer(splitter: Splitter(pattern: pattern, behavior: behavior))
  }

  private static func behavior(_ node: JSONNode) throws(TextError) -> SplitBehavior {
    let name = try node.string()
    guard let behavior = SplitBehavior(rawValue: name) else {
      let known = SplitBehavior.allCases.map(\.rawValue).joined(separator: ", ")
      throw node.error(expected: "one of \(known)", found: "\"\(name)\"")
    }
    return behavior
  }

  static func metaspace(_ node: JSONNode) throws(TextError) -> MetaspacePreTokenizer {
    var prefix = MetaspacePreTokenizer.Prefix.always
    if let scheme = try node.optional("prepend_scheme") {
      let name = try scheme.string()
      guard let known = MetaspacePreTokenizer.Prefix(rawValue: name) else {
        throw scheme.error(expected: "\"always\", \"first\" or \"never\"", found: "\"\(name)\"")
      }
      prefix = known
    }
    // Older files say only whether there is a prefix.
    if let addsPrefix = try node.optional("add_prefix_space"), try !addsPrefix.bool() {
      guard prefix == .never || node.value["prepend_scheme"] == nil else {
        throw addsPrefix.error(
          expected: "true, as prepend_scheme is \"\(prefix.rawValue)\"", found: "false")
      }
      prefix = .never
    }
    return MetaspacePreTokenizer(
      mark: try node.required("replacement").scalar(), prefix: prefix,
      cutsWords: try node.optional("split")?.bool() ?? true)
  }
}

/// Makes patterns from their description in `tokenizer.json`.
enum PatternReader {
  static func read(_ node: JSONNode) throws(TextError) -> any TextPattern {
    if let literal = try node.optional("String") {
      return LiteralPattern(content: try literal.scalars())
    }
    let regex = try node.required("Regex")
    let expression = try regex.string()
    if let scanner = WordScanner(expression: expression) { return scanner }
    if let run = RunPattern(expression: expression) { return run }
    let known = WordScanner.known.map(\.expression).joined(separator: "  ")
    throw TextError(
      .invalidData,
      "The regular expression \"\(expression)\" is not supported. Supported are runs of one class, such as \" {2,}\" or \"\\s+\", and: \(known)",
      at: regex.location)
  }
}
