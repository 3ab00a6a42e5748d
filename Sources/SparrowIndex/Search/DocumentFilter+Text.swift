import SparrowCore

extension DocumentFilter {
  /// Reads a condition as people write it.
  ///
  /// | condition | holds for documents |
  /// | --- | --- |
  /// | `lang=en` | whose field has the word, or the number if it is one |
  /// | `lang=en,de` | whose field has one of the words |
  /// | `lang!=en` | of which `lang=en` does not hold |
  /// | `year>=2020` | whose number is in the range; also `>`, `<`, `<=` |
  /// | `title` | that have the field |
  /// | `_id=a1,b2` | of these identifiers |
  ///
  /// Conditions are joined by `and`, `or`, `not` and parentheses; `and` binds closer than `or`.
  /// What has spaces or signs stands in single or double quotes, and is then always a word:
  /// `lang=en and (year>=2020 or not source='old news')`.
  ///
  /// - Parameter text: the condition.
  /// - Throws: ``IndexError`` of category `usage` that says what was expected where.
  public init(parsing text: String) throws(IndexError) {
    var parser = try FilterParser(text)
    self = try parser.parse()
  }
}

/// Reads conditions by recursive descent, one method a level.
private struct FilterParser {
  private enum Token: Hashable {
    case word(String)
    case quoted(String)
    case sign(String)

    /// The token as it was written, for messages.
    var spelling: String {
      switch self {
      case .word(let text), .sign(let text): text
      case .quoted(let text): "'\(text)'"
      }
    }
  }

  private static let identifierField = "_id"
  private static let reservedWords: Set<String> = ["and", "or", "not"]

  private let text: String
  private var tokens: ArraySlice<Token>

  init(_ text: String) throws(IndexError) {
    self.text = text
    tokens = try Self.tokens(of: text)[...]
  }

  mutating func parse() throws(IndexError) -> DocumentFilter {
    let filter = try parseAlternatives()
    guard tokens.isEmpty else { throw failure("'and', 'or' or the end") }
    return filter
  }

  private mutating func parseAlternatives() throws(IndexError) -> DocumentFilter {
    var filters = [try parseConjunction()]
    while takeWord("or") { filters.append(try parseConjunction()) }
    return filters.count == 1 ? filters[0] : .any(filters)
  }

  private mutating func parseConjunction() throws(IndexError) -> DocumentFilter {
    var filters = [try parseFactor()]
    while takeWord("and") { filters.append(try parseFactor()) }
    return filters.count == 1 ? filters[0] : .all(filters)
  }

  private mutating func parseFactor() throws(IndexError) -> DocumentFilter {
    if takeWord("not") { return .not(try parseFactor()) }
    if take(.sign("(")) {
      let filter = try parseAlternatives()
      guard take(.sign(")")) else { throw failure("')'") }
      return filter
    }
    return try parseCondition()
  }

  private mutating func parseCondition() throws(IndexError) -> DocumentFilter {
    let field: String
    switch tokens.first {
    case .word(let name)? where !Self.reservedWords.contains(name.lowercased()): field = name
    case .quoted(let name)?: field = name
    default: throw failure("the name of a field, 'not' or '('")
    }
    tokens.removeFirst()
    guard case .sign(let sign)? = tokens.first, !["(", ")", ","].contains(sign) else {
      return .exists(field)
    }
    tokens.removeFirst()
    switch sign {
    case "=": return try equality(field)
    case "!=": return .not(try equality(field))
    case ">=": return .number(field, from: try number())
    case "<=": return .number(field, upTo: try number())
    case ">": return .number(field, from: try number().nextUp)
    default: return .number(field, upTo: try number().nextDown)
    }
  }

  /// One of several values, of which those that look like numbers stand for number and word alike.
  private mutating func equality(_ field: String) throws(IndexError) -> DocumentFilter {
    var words: Set<String> = []
    var filters: [DocumentFilter] = []
    repeat {
      switch tokens.popFirst() {
      case .quoted(let word)?: words.insert(word)
      case .word(let word)?:
        words.insert(word)
        if field != Self.identifierField, let number = Self.number(word) {
          filters.append(.number(field, from: number, upTo: number))
        }
      case let other?:
        tokens = [other] + tokens
        throw failure("a value")
      case nil: throw failure("a value")
      }
    } while take(.sign(","))
    if field == Self.identifierField { return .identifiers(Set(words.map { DocumentID($0) })) }
    filters.append(.keyword(field, isOneOf: words))
    return filters.count == 1 ? filters[0] : .any(filters)
  }

  private mutating func number() throws(IndexError) -> Double {
    guard case .word(let word)? = tokens.first, let number = Self.number(word) else {
      throw failure("a number")
    }
    tokens.removeFirst()
    return number
  }

  private static func number(_ word: String) -> Double? {
    guard word.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }) else { return nil }
    return Double(word)
  }

  private mutating func take(_ token: Token) -> Bool {
    guard tokens.first == token else { return false }
    tokens.removeFirst()
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard case .word(let found)? = tokens.first, found.lowercased() == word else { return false }
    tokens.removeFirst()
    return true
  }

  private func failure(_ expectation: String) -> IndexError {
    Self.failure(expectation, found: tokens.first?.spelling ?? "the end", in: text)
  }

  private static func failure(
    _ expectation: String, found: String, in text: String
  ) -> IndexError {
    IndexError(
      .usage,
      "The filter \"\(text)\" needs \(expectation) where it has \(found). An example: lang=en,de and (year>=2020 or not source='old news')."
    )
  }

  // MARK: Tokens

  private static func tokens(of text: String) throws(IndexError) -> [Token] {
    var tokens: [Token] = []
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if first == "'" || first == "\"" {
        let behind = rest.dropFirst()
        guard let end = behind.firstIndex(of: first) else {
          throw failure("a second \(first)", found: "the end", in: text)
        }
        tokens.append(.quoted(String(behind[..<end])))
        rest = behind[behind.index(after: end)...]
      } else if let sign = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","].first(
        where: rest.hasPrefix)
      {
        tokens.append(.sign(sign))
        rest = rest.dropFirst(sign.count)
      } else {
        let word = rest.prefix { !$0.isWhitespace && !"=<>(),!'\"".contains($0) }
        guard !word.isEmpty else {
          throw failure("a field, a value or a sign", found: String(first), in: text)
        }
        tokens.append(.word(String(word)))
        rest = rest[word.endIndex...]
      }
    }
    return tokens
  }
}
