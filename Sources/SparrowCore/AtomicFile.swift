public import Foundation

/// Writes files so that a reader or a crash never sees half of one.
public enum AtomicFile {
  /// Writes `data` to a temporary file beside `url`, flushes it to the disk and renames it.
  ///
  /// - Throws: ``CoreError`` when the folder is missing, not writable or full; the old file, if
  ///   there was one, is then still whole.
  public static func write(_ data: Data, to url: URL) throws(CoreError) {
    try write(to: url) { handle in try handle.write(contentsOf: data) }
  }

  /// Writes through `body` to a temporary file beside `url`, flushes it and renames it.
  ///
  /// - Throws: ``CoreError`` when writing fails; the temporary file is then removed.
  public static func write(
    to url: URL, _ body: (FileHandle) throws -> Void
  ) throws(CoreError) {
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(UUID().uuidString).tmp")
    do {
      guard FileManager.default.createFile(atPath: temporary.path, contents: nil) else {
        throw CocoaError(.fileWriteNoPermission)
      }
      let handle = try FileHandle(forWritingTo: temporary)
      do {
        try body(handle)
        try handle.synchronize()
        try handle.close()
      } catch {
        try? handle.close()
        throw error
      }
      guard unsafe rename(temporary.path, url.path) == 0 else {
        throw unsafe CocoaError(
          .fileWriteUnknown,
          userInfo: [NSLocalizedDescriptionKey: String(cString: strerror(errno))])
      }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      let reason = Self.reason(error)
      throw CoreError(
        .inputOutput,
        "Could not write the file (\(reason)). Check that the folder exists, is writable and has free space.",
        at: FileLocation(path: url.path))
    }
  }

  /// A short reason for a failed file operation, in words.
  package static func reason(_ error: any Error) -> String {
    if let sparrow = error as? any SparrowError { return sparrow.message }
    let cocoa = error as NSError
    if let under = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError,
      under.domain == NSPOSIXErrorDomain
    {
      return unsafe String(cString: strerror(Int32(under.code)))
    }
    if cocoa.domain == NSPOSIXErrorDomain {
      return unsafe String(cString: strerror(Int32(cocoa.code)))
    }
    return cocoa.localizedDescription
  }
}
