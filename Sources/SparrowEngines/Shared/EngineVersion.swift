/// A version of an engine, for telling what it can do.
public struct EngineVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The first number.
  public let major: Int
  /// The second number.
  public let minor: Int
  /// The third number.
  public let patch: Int

  /// Makes a version.
  public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads a version such as "8.15.3", "3.1.0-SNAPSHOT" or "0.8"; nil when it has no two numbers.
  public init?(parsing text: String) {
    let core = text.prefix { $0.isNumber || $0 == "." }
    let numbers = core.split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2 else { return nil }
    self.init(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
  }

  /// The numbers with dots.
  public var description: String { "\(major).\(minor).\(patch)" }

  /// Whether the left version is older.
  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }

  /// Checks that an engine is new enough.
  ///
  /// - Throws: ``EngineError`` of kind `unsupported`, naming what needs the newer version.
  func require(_ least: EngineVersion, for feature: String, of product: String) throws(EngineError)
  {
    guard self >= least else {
      throw EngineError(
        .unsupported,
        "\(feature) needs \(product) \(least.major).\(least.minor) or newer; this one is \(self). Upgrade it."
      )
    }
  }
}
