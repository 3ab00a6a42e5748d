public import Foundation
import SparrowCore
import SparrowIndex
import Synchronization

/// Vectors of texts that were encoded before, on disk and of bounded size.
///
/// Several processes and threads may share a folder. Vectors are named by a hash of the text and of
/// everything else they depend on (``CachedEncoder``) and carry checksums: one that is damaged is
/// encoded again. When the limit is reached, the vectors that were not used for longest make room, an
/// eighth of the cache at a time. Killing a process loses at most what it was storing.
public final class EmbeddingCache: Sendable {
  /// What a cache did and holds.
  public struct Statistics: Sendable, Hashable {
    /// How many texts were found since the cache was opened.
    public var hitCount = 0
    /// How many were not.
    public var missCount = 0
    /// How many vectors it knows.
    public var vectorCount = 0
    /// The size of its files.
    public var byteCount = 0
  }

  /// Where a vector lies.
  private struct Place {
    let segment: Int32
    let vector: VectorPlace
  }

  private struct State {
    var places: [VectorKey: Place] = [:]
    /// Up to where the records of each segment were read.
    var readEnds: [Int: Int] = [:]
    /// When the use of a segment was noted last.
    var touched: [Int: Date] = [:]
    var hitCount = 0
    var missCount = 0
    var failure: RetrievalError?
  }

  /// The size that is not exceeded, in bytes.
  public let byteLimit: Int

  private let folder: CacheFolder
  private let state = Mutex(State())

  /// A gibibyte, about a million documents of SPLADE.
  public static let defaultByteLimit = 1 << 30
  private static let touchInterval: TimeInterval = 60

  /// Opens the cache in a folder, which is created as needed.
  ///
  /// - Parameters:
  ///   - folder: the folder.
  ///   - byteLimit: the size that is not exceeded, 64 KiB or more; a gibibyte by default.
  /// - Throws: ``RetrievalError`` when the folder cannot be created or holds other things, or the limit
  ///   is too small.
  public init(
    folder: URL, byteLimit: Int = EmbeddingCache.defaultByteLimit
  ) throws(RetrievalError) {
    guard byteLimit >= 64 << 10 else {
      throw RetrievalError(
        .usage, "A cache needs 64 KiB or more; found a limit of \(byteLimit) bytes.")
    }
    self.folder = CacheFolder(url: folder)
    self.byteLimit = byteLimit
    try Self.prepare(self.folder)
    state.withLock { refresh(&$0) }
  }

  private static func prepare(_ folder: CacheFolder) throws(RetrievalError) {
    do {
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      guard names.isEmpty || names.contains("LOCK"), !names.contains("MANIFEST") else {
        throw RetrievalError(.usage, "it holds other files; name another folder")
      }
      try folder.withLock {}
    } catch {
      let error = error as? RetrievalError
      throw RetrievalError(
        error?.category ?? .inputOutput,
        "The folder cannot be used as a cache (\(error?.message ?? "it cannot be written")).",
        at: FileLocation(path: folder.url.path))
    }
  }

  /// What the cache did and holds.
  public var statistics: Statistics {
    state.withLock { state in
      Statistics(
        hitCount: state.hitCount, missCount: state.missCount, vectorCount: state.places.count,
        byteCount: folder.segments().reduce(0) { $0 + $1.byteCount })
    }
  }

  /// Why vectors could not be stored, nil when they could.
  public var failure: RetrievalError? { state.withLock { $0.failure } }

  /// The bytes of the vectors that are there, by key.
  func payloads(for keys: [VectorKey]) -> [VectorKey: [UInt8]] {
    state.withLock { state in
      var found: [VectorKey: [UInt8]] = [:]
      var segments: Set<Int> = []
      for key in keys {
        if found[key] == nil, let place = state.places[key] {
          if let payload = read(place, key) {
            found[key] = payload
            segments.insert(Int(place.segment))
          } else {
            // Damaged, or another process has made room.
            state.places[key] = nil
          }
        }
        if found[key] != nil { state.hitCount += 1 } else { state.missCount += 1 }
      }
      noteUse(of: segments, &state)
      return found
    }
  }

  /// Keeps vectors as bytes; what others have stored meanwhile is learned on the way.
  func store(_ entries: [(key: VectorKey, payload: [UInt8])]) {
    state.withLock { state in
      guard state.failure == nil else { return }
      do {
        try folder.withLock {
          refresh(&state)
          let new = entries.filter { state.places[$0.key] == nil }
          for group in groups(new) { try append(group, &state) }
        }
      } catch {
        state.failure = RetrievalError(
          .inputOutput,
          "Vectors cannot be stored in the cache any more (\(AtomicFile.reason(error))).",
          at: FileLocation(path: folder.url.path))
      }
    }
  }

  /// The largest size of a segment, so that making room never empties the cache.
  private var segmentByteLimit: Int { byteLimit / 8 }

  /// Cuts entries into pieces that fit a segment; what fits none is left out.
  private func groups(
    _ entries: [(key: VectorKey, payload: [UInt8])]
  ) -> [[(key: VectorKey, payload: [UInt8])]] {
    var groups: [[(key: VectorKey, payload: [UInt8])]] = []
    var byteCount = Int.max
    for entry in entries {
      let size = entry.payload.count + CacheRecord.byteCount
      guard size + CacheRecord.magic.count <= segmentByteLimit else { continue }
      if byteCount == Int.max || byteCount + size > segmentByteLimit {
        groups.append([])
        byteCount = CacheRecord.magic.count
      }
      groups[groups.count - 1].append(entry)
      byteCount += size
    }
    return groups
  }

  private func append(
    _ entries: [(key: VectorKey, payload: [UInt8])], _ state: inout State
  ) throws {
    let byteCount = entries.reduce(CacheRecord.magic.count) {
      $0 + $1.payload.count + CacheRecord.byteCount
    }
    let segments = folder.segments()
    var number = segments.last?.number ?? 1
    if let last = segments.last {
      // Nobody would find what is appended to a file of records that cannot be read.
      let isReadable = state.readEnds[last.number] ?? 0 > 0
      if !isReadable || last.byteCount + byteCount > segmentByteLimit { number += 1 }
    }
    var total = segments.reduce(0) { $0 + $1.byteCount }
    for segment in segments.sorted(by: { $0.used < $1.used }) {
      guard total + byteCount > byteLimit else { break }
      folder.remove(segment.number)
      total -= segment.byteCount
      number = max(number, segment.number + 1)
      state.places = state.places.filter { Int($0.value.segment) != segment.number }
    }
    try folder.append(entries, to: number)
    read(number, &state)
  }

  /// Takes in the records that were added since the last time.
  private func refresh(_ state: inout State) {
    for segment in folder.segments() { read(segment.number, &state) }
  }

  private func read(_ number: Int, _ state: inout State) {
    let (records, end) = folder.readRecords(number, from: state.readEnds[number] ?? 0)
    state.readEnds[number] = end
    for record in records {
      state.places[record.key] = Place(segment: Int32(clamping: number), vector: record.place)
    }
  }

  /// The bytes of a vector, nil when they are not what was stored.
  private func read(_ place: Place, _ key: VectorKey) -> [UInt8]? {
    let payload = try? FileContents.read(
      folder.vectors(Int(place.segment)), from: Int(clamping: place.vector.offset),
      length: Int(place.vector.byteCount))
    return payload.flatMap { place.vector.isWhole($0, of: key) ? $0 : nil }
  }

  private func noteUse(of segments: Set<Int>, _ state: inout State) {
    let now = Date()
    for segment in segments
    where now.timeIntervalSince(state.touched[segment] ?? .distantPast) > Self.touchInterval {
      state.touched[segment] = now
      folder.touch(segment, at: now)
    }
  }
}
