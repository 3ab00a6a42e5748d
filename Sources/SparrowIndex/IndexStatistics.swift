import SparrowCore

/// What an index consists of.
public struct IndexStatistics: Sendable, Hashable {
  /// One segment file.
  public struct Segment: Sendable, Hashable {
    /// The file's name.
    public let file: String
    /// The documents in it, deleted ones included.
    public let documentCount: Int
    /// How many of them are deleted.
    public let deletedCount: Int
    /// The stored weights.
    public let weightCount: Int
    /// The file's size.
    public let byteCount: Int
    /// The size of each part of the file.
    public let sectionByteCounts: [String: Int]
  }

  /// The size of the space, `V`.
  public let dimension: Int
  /// How weights are stored.
  public let precision: WeightPrecision
  /// The number of documents.
  public let documentCount: Int
  /// The number of documents that are in no segment file yet.
  public let unsavedDocumentCount: Int
  /// The segment files, oldest first.
  public let segments: [Segment]
  /// How often the set of files has changed.
  public let generation: Int
  /// The approximate search that was measured on the index.
  public let calibration: ApproximateCalibration?
  /// Why the last merge in the background failed, nil when none did.
  public let compactionFailure: IndexError?

  /// The number of stored weights in segment files, those of deleted documents included.
  public var weightCount: Int { segments.reduce(0) { $0 + $1.weightCount } }
  /// The number of deleted documents that still take space.
  public var deletedCount: Int { segments.reduce(0) { $0 + $1.deletedCount } }
  /// The size of all segment files.
  public var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

  init(_ contents: IndexContents, manifest: Manifest, compactionFailure: IndexError? = nil) {
    dimension = contents.dimension
    precision = contents.precision
    documentCount = contents.documentCount
    unsavedDocumentCount =
      contents.memory.reduce(0) { $0 + $1.liveCount } + contents.pending.liveCount
    generation = manifest.generation
    calibration = manifest.calibration
    self.compactionFailure = compactionFailure
    segments = contents.disk.map { segment in
      let header = segment.view.segment.header
      let sizes = SegmentSection.allCases.map { ("\($0)", header[$0].length) }
      return Segment(
        file: segment.file, documentCount: header.documentCount,
        deletedCount: segment.view.deletedCount, weightCount: header.entryCount,
        byteCount: header.fileSize, sectionByteCounts: Dictionary(uniqueKeysWithValues: sizes))
    }
  }
}
