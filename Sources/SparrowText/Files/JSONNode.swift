import Foundation
import SparrowCore

/// A place in a JSON file, which knows its key path so that errors can name it.
struct JSONNode {
  let value: JSONValue
  let file: String
  /// The keys from the root, such as `model.vocab`; empty for the root.
  let path: String

  /// This place, for errors.
  var location: FileLocation { FileLocation(path: file, item: path.isEmpty ? nil : path) }

  /// An error about this place.
  func error(expected: String, found: String? = nil) -> TextError {
    TextError(
      .invalidData, "Expected \(expected), found \(found ?? value.kindName).", at: location)
  }

  /// A member of this object; nil when it is absent or null.
  func optional(_ key: String) throws(TextError) -> JSONNode? {
    guard let object = value.object else { throw error(expected: "an object") }
    guard let member = object[key], !member.isNull else { return nil }
    return JSONNode(value: member, file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  /// A member that has to be there.
  func required(_ key: String) throws(TextError) -> JSONNode {
    guard let member = try optional(key) else {
      throw error(expected: "a value for \"\(key)\"", found: "none")
    }
    return member
  }

  /// The elements of this array.
  func elements() throws(TextError) -> [JSONNode] {
    guard let array = value.array else { throw error(expected: "an array") }
    return array.enumerated().map { index, element in
      JSONNode(value: element, file: file, path: "\(path)[\(index)]")
    }
  }

  /// The members of this object in order.
  func members() throws(TextError) -> [(key: String, node: JSONNode)] {
    guard let object = value.object else { throw error(expected: "an object") }
    return object.members.map { key, member in
      (key, JSONNode(value: member, file: file, path: "\(path).\(key)"))
    }
  }

  /// This text.
  func string() throws(TextError) -> String {
    guard let string = value.string else { throw error(expected: "a string") }
    return string
  }

  /// The scalars of this text.
  func scalars() throws(TextError) -> [UInt32] { try string().unicodeScalars.map(\.value) }

  /// The only scalar of this text.
  func scalar() throws(TextError) -> UInt32 {
    let scalars = try scalars()
    guard scalars.count == 1 else {
      throw error(expected: "one character", found: value.text())
    }
    return scalars[0]
  }

  /// This truth value.
  func bool() throws(TextError) -> Bool {
    guard let bool = value.bool else { throw error(expected: "true or false") }
    return bool
  }

  /// This integer, which must lie in a range.
  func integer(in range: ClosedRange<Int>) throws(TextError) -> Int {
    guard let integer = value.int, range.contains(integer) else {
      let found = value.double.map { JSONValue.number($0).text() }
      throw error(
        expected: "an integer from \(range.lowerBound) to \(range.upperBound)", found: found)
    }
    return integer
  }

  /// This token id.
  func tokenID() throws(TextError) -> TokenID {
    TokenID(try integer(in: 0...Self.largestID))
  }

  /// Far above all known vocabularies; guards against a file that asks for gigabytes.
  static let largestID = 1 << 24 - 1

  /// This object's `type`, for choosing among known ones.
  func type() throws(TextError) -> String { try required("type").string() }

  /// The error for a `type` that is none of the known ones.
  func unknownType(_ type: String, of part: String, known: [String]) -> TextError {
    TextError(
      .invalidData,
      "There is no \(part) of type \"\(type)\" here. Known types: \(known.joined(separator: ", ")).",
      at: location)
  }
}

extension JSONNode {
  /// Reads a file.
  init(contentsOf file: URL) throws(TextError) {
    try self.init(parsing: Self.data(of: file), file: file.path)
  }

  /// Reads the bytes of a file.
  init(parsing data: Data, file: String) throws(TextError) {
    do {
      self.init(value: try JSONValue(parsing: data, path: file), file: file, path: "")
    } catch {
      throw TextError(error)
    }
  }

  /// The bytes of a file.
  static func data(of file: URL) throws(TextError) -> Data {
    do {
      return try Data(contentsOf: file)
    } catch {
      let exists = FileManager.default.fileExists(atPath: file.path)
      throw TextError(
        exists ? .inputOutput : .missing,
        exists
          ? "Could not read the file (\(AtomicFile.reason(error)))." : "There is no such file.",
        at: FileLocation(path: file.path))
    }
  }
}
