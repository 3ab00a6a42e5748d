import Foundation
import SparrowCore

/// The names of the files that a checkpoint has besides the model's.
enum CheckpointFile {
  static let state = "trainer_state.json"
  static let arguments = "training_arguments.json"
  static let progress = "training_progress.json"
  static let optimizer = "optimizer.safetensors"
  static let random = "rng_state.safetensors"
}

/// The checkpoints of a run's output folder, `checkpoint-{step}` each.
///
/// A checkpoint is written into a folder of another name and then renamed, so that there is either
/// a complete one or none, whenever the process is killed.
struct CheckpointStore {
  /// The output folder.
  let folder: URL

  private static let prefix = "checkpoint-"
  private static let temporaryPrefix = ".sparrow-checkpoint-"

  /// Makes the output folder and removes what a killed process left half written.
  func prepare() throws(TrainingError) {
    try attempt("make the output folder", at: folder) {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    for name in names(withPrefix: Self.temporaryPrefix) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// The place of a step's checkpoint.
  func url(step: Int) -> URL {
    folder.appendingPathComponent("\(Self.prefix)\(step)", isDirectory: true)
  }

  /// All checkpoints by step, ascending.
  func all() -> [(step: Int, url: URL)] {
    names(withPrefix: Self.prefix).compactMap { name in
      Int(name.dropFirst(Self.prefix.count)).map { ($0, folder.appendingPathComponent(name)) }
    }.sorted { $0.0 < $1.0 }
  }

  /// The checkpoint with the most steps.
  ///
  /// - Throws: ``TrainingError/Code/missingCheckpoint`` when there is none.
  func last() throws(TrainingError) -> URL {
    guard let last = all().last else {
      throw TrainingError(
        .missingCheckpoint,
        "There is no checkpoint to resume from: expected a folder checkpoint-… here. Start without resuming, or check 'output_dir'.",
        at: FileLocation(path: folder.path))
    }
    return last.url
  }

  /// Writes a checkpoint through `body`, which fills a folder.
  ///
  /// - Returns: the checkpoint's folder.
  /// - Throws: what `body` throws; the folder that was being filled is then removed.
  func write(step: Int, _ body: (URL) throws -> Void) throws -> URL {
    let target = url(step: step)
    let temporary = folder.appendingPathComponent(
      "\(Self.temporaryPrefix)\(step)-\(UUID().uuidString)", isDirectory: true)
    do {
      try attempt("make a folder for the checkpoint", at: temporary) {
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
      }
      try body(temporary)
      try publish(temporary, as: target)
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw error
    }
    return target
  }

  /// Renames a complete folder; one that is there already gives way.
  private func publish(_ temporary: URL, as target: URL) throws(TrainingError) {
    try attempt("put the checkpoint in its place", at: target) {
      let manager = FileManager.default
      guard manager.fileExists(atPath: target.path) else {
        try manager.moveItem(at: temporary, to: target)
        return
      }
      let old = folder.appendingPathComponent("\(Self.temporaryPrefix)old-\(UUID().uuidString)")
      try manager.moveItem(at: target, to: old)
      try manager.moveItem(at: temporary, to: target)
      try manager.removeItem(at: old)
    }
    flush(folder)
  }

  /// Removes the oldest checkpoints beyond a limit, never those to be kept.
  ///
  /// Age goes by the time of writing, or by step when all were written within a second. A limit of
  /// 1 keeps a best checkpoint besides the newest while training goes on.
  func rotate(limit: Int?, keeping names: [String], isFinal: Bool = false) throws(TrainingError) {
    guard let limit else { return }
    let kept = Set(names)
    let checkpoints = all().map { checkpoint in
      (url: checkpoint.url, date: modificationDate(checkpoint.url))
    }
    let dates = checkpoints.map(\.date)
    let span = (dates.max() ?? .distantPast).timeIntervalSince(dates.min() ?? .distantPast)
    let ordered = span <= 1 ? checkpoints : checkpoints.sorted { $0.date < $1.date }
    var surplus = ordered.count - max(limit, isFinal ? 1 : kept.count)
    for checkpoint in ordered where surplus > 0 {
      guard !kept.contains(checkpoint.url.lastPathComponent) else { continue }
      try attempt("remove an old checkpoint", at: checkpoint.url) {
        try FileManager.default.removeItem(at: checkpoint.url)
      }
      surplus -= 1
    }
  }

  private func modificationDate(_ url: URL) -> Date {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    return attributes?[.modificationDate] as? Date ?? .distantPast
  }

  private func names(withPrefix prefix: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.sorted()
  }

  private func attempt(
    _ purpose: String, at url: URL, _ body: () throws -> Void
  ) throws(TrainingError) {
    do {
      try body()
    } catch {
      throw TrainingError(
        .inputOutput,
        "Could not \(purpose) (\(AtomicFile.reason(error))). Check that the folder is writable and has free space.",
        at: FileLocation(path: url.path))
    }
  }

  /// Asks the system to write a folder's list of names to the disk.
  private func flush(_ folder: URL) {
    let descriptor = unsafe open(folder.path, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
