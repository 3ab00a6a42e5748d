import SparrowCore

/// When changes to an index survive a crash.
public enum Durability: Sendable, Hashable {
  /// Each call returns after its changes are on the disk. Calls that wait at the same time share
  /// one flush.
  case everyWrite
  /// Changes survive the end of the process at once, and a crash of the machine after this time at
  /// the latest.
  case interval(Duration)
  /// Nothing is logged: changes survive once ``IndexWriter/flush()`` has returned. For building an
  /// index in one go.
  case onFlush
}

/// What to do with a log that is damaged in other ways than a crash explains.
public enum LogRecovery: Sendable, Hashable {
  /// Refuse to open the index.
  case refuse
  /// Go on with the changes up to the damage and drop the rest.
  case discardDamagedLog
}

/// The settings of ``IndexWriter``.
public struct IndexWriterConfiguration: Sendable, Hashable {
  /// When changes survive a crash; the default is ``Durability/everyWrite``.
  public var durability: Durability
  /// About how many bytes of documents are held in memory before they become a segment file; the
  /// default is 128 MiB.
  public var flushByteCount: Int
  /// How many segments of similar size are merged into one, 2 or more; the default is 4.
  public var mergeFactor: Int
  /// The part of deleted documents above which a segment is written anew, 0...1; the default is ¼.
  public var deletedShareLimit: Double
  /// Whether segments are merged in the background; the default is true.
  ///
  /// Without it only ``IndexWriter/compact()`` merges.
  public var compactsInBackground: Bool
  /// How thoroughly files are checked when the index is opened; the default is
  /// ``FileVerification/full``.
  public var verification: FileVerification
  /// What to do with a damaged log; the default is ``LogRecovery/refuse``.
  public var recovery: LogRecovery

  /// Makes settings.
  public init(
    durability: Durability = .everyWrite, flushByteCount: Int = 128 << 20, mergeFactor: Int = 4,
    deletedShareLimit: Double = 0.25, compactsInBackground: Bool = true,
    verification: FileVerification = .full, recovery: LogRecovery = .refuse
  ) {
    self.durability = durability
    self.flushByteCount = flushByteCount
    self.mergeFactor = mergeFactor
    self.deletedShareLimit = deletedShareLimit
    self.compactsInBackground = compactsInBackground
    self.verification = verification
    self.recovery = recovery
  }

  /// Checks the ranges of the settings.
  ///
  /// - Throws: ``IndexError`` when a number is out of range.
  func validate() throws(IndexError) {
    guard flushByteCount > 0, mergeFactor >= 2, (0...1).contains(deletedShareLimit) else {
      throw IndexError(
        .usage,
        "An index writer needs a flush size above 0, a merge factor of 2 or more and a share of deleted documents in 0...1; found \(flushByteCount), \(mergeFactor) and \(deletedShareLimit)."
      )
    }
    if case .interval(let interval) = durability, interval <= .zero {
      throw IndexError(
        .usage, "The interval between flushes of the log must be above zero; found \(interval).")
    }
  }
}
