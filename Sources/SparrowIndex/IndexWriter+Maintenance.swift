public import Foundation
public import SparrowCore
import Synchronization

extension IndexWriter {
  /// Measures approximate search on the index and keeps the result with it, where
  /// ``IndexSnapshot/calibration`` shows it.
  ///
  /// - Parameters:
  ///   - queries: queries like those that will be asked; nil takes documents of the index.
  ///   - minimumRecall: the part of the exact results to be found at least, 0...1.
  ///   - count: how many results a query are compared.
  /// - Returns: the settings and the recall that was measured.
  /// - Throws: ``IndexError`` when a query does not fit, the writer is closed or writing fails.
  @discardableResult
  public func calibrate(
    queries: [SparseVector]? = nil, minimumRecall: Double = 0.99, count: Int = 10
  ) throws(IndexError) -> ApproximateCalibration {
    let calibration = try snapshot().calibrate(
      queries: queries, minimumRecall: minimumRecall, count: count)
    try state.withLock { (state) throws(IndexError) in
      try Self.checkUsable(state)
      var manifest = state.manifest
      manifest.calibration = calibration
      try publish(manifest, &state, contents: state.contents)
    }
    return calibration
  }

  /// Makes a copy of the index as it is now, which can be opened like any index.
  ///
  /// Segment files never change, so where the file system allows it the copy shares them and takes
  /// next to no space and time.
  ///
  /// - Parameter destination: a folder that does not exist or is empty.
  /// - Throws: ``IndexError`` when the folder has files, or writing fails.
  public func backUp(to destination: URL) throws(IndexError) {
    try flush()
    let target = IndexFolder(destination)
    try files.createFolder(target.path)
    let found = (try? FileManager.default.contentsOfDirectory(atPath: target.path)) ?? []
    guard found.isEmpty else {
      throw IndexError(
        .usage, "A copy of an index needs an empty folder; found \(found.count) files.",
        at: FileLocation(path: target.path))
    }
    try state.withLock { (state) throws(IndexError) in
      try Self.checkUsable(state)
      for segment in state.manifest.segments {
        try Self.share(segment.file, from: folder, with: target)
        if let deletions = segment.deletions {
          try Self.share(deletions, from: folder, with: target)
        }
      }
      try files.syncFolder(target.path)
      try Self.publish(state.manifest, in: target, files: files)
    }
  }

  private static func share(
    _ name: String, from folder: IndexFolder, with target: IndexFolder
  ) throws(IndexError) {
    let (source, copy) = (folder.file(name), target.file(name))
    if unsafe link(source, copy) == 0 { return }
    do {
      try FileManager.default.copyItem(atPath: source, toPath: copy)
      try FileHandle(forUpdating: URL(fileURLWithPath: copy)).synchronize()
    } catch {
      throw IndexError(
        .inputOutput,
        "Could not copy the file (\(AtomicFile.reason(error))). Check permissions and free space.",
        at: FileLocation(path: copy))
    }
  }
}
