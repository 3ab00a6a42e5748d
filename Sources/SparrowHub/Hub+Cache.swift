public import Foundation
public import SparrowCore

/// A repository in the cache.
public struct CachedRepository: Sendable, Hashable {
  /// The repository, at the default revision.
  public let reference: RepositoryReference
  /// Branches, tags and the commits they meant when they were last looked up.
  public let revisions: [String: String]
  /// The commits of which there are files.
  public let commits: [String]
  /// The size of all files together, each counted once.
  public let byteCount: Int
}

/// What is wrong with a file in the cache.
public struct CacheFault: Sendable, Hashable {
  /// The file.
  public let file: URL
  /// What is wrong and what helps, in a sentence.
  public let message: String
}

extension Hub {
  /// The repositories in the cache, by name.
  public func cachedRepositories() -> [CachedRepository] {
    CacheFolders.names(in: configuration.cacheFolder).compactMap { name in
      RepositoryReference(folderName: name).map(describe)
    }
  }

  private func describe(_ reference: RepositoryReference) -> CachedRepository {
    let folder = cache(of: reference).folder
    let references = folder.appendingPathComponent("refs")
    var revisions: [String: String] = [:]
    for name in CacheFolders.files(in: references) {
      let text = try? String(
        contentsOf: references.appendingPathComponent(name), encoding: .utf8)
      revisions[name] = text.map { String($0.prefix { !$0.isWhitespace }) }
    }
    let blobs = folder.appendingPathComponent("blobs")
    let byteCount = CacheFolders.names(in: blobs).reduce(0) { sum, name in
      let path = blobs.appendingPathComponent(name).resolvingSymlinksInPath().path
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      return sum + (size ?? 0)
    }
    return CachedRepository(
      reference: reference, revisions: revisions,
      commits: CacheFolders.names(in: folder.appendingPathComponent("snapshots")),
      byteCount: byteCount)
  }

  /// Compares every file of a repository in the cache with its digest.
  ///
  /// - Parameters:
  ///   - reference: the repository; all its commits are looked at.
  ///   - progress: is told how many files are done.
  /// - Returns: what is wrong; empty when everything is in order.
  /// - Throws: ``HubError`` when the repository is not in the cache or the task is cancelled.
  public func verify(
    _ reference: RepositoryReference, progress: ProgressReporter? = nil
  ) throws(HubError) -> [CacheFault] {
    let cache = cache(of: reference)
    guard FileManager.default.fileExists(atPath: cache.folder.path) else {
      throw HubError(
        .offline, "\(reference.name) is not in the cache.",
        at: FileLocation(path: cache.folder.path))
    }
    let cancellation = Cancellation()
    let blobs = cache.folder.appendingPathComponent("blobs")
    let names = CacheFolders.names(in: blobs).compactMap { BlobName($0) }
    var faults: [CacheFault] = []
    for (index, name) in names.enumerated() {
      try cancellation.check()
      let file = cache.blob(name)
      let found = try BlobName(
        ofFile: file, by: name.method, isCancelled: { cancellation.isCancelled })
      if found != name {
        faults.append(
          CacheFault(
            file: file,
            message: "Its bytes have the digest \(found.digits). Remove it and download again."))
      }
      progress?(
        ProgressUpdate(
          activity: "Verifying \(reference.name)", completed: index + 1, total: names.count,
          unit: "files"))
    }
    return faults + linkFaults(in: cache)
  }

  /// Links of snapshots that lead nowhere or out of the cache.
  private func linkFaults(in cache: RepositoryCache) -> [CacheFault] {
    let snapshots = cache.folder.appendingPathComponent("snapshots")
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: snapshots.path)) ?? []
    return paths.sorted().compactMap { path in
      let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
      let file = snapshots.appendingPathComponent(path)
      let type = try? FileManager.default.attributesOfItem(atPath: file.path)[.type]
      guard parts.count == 2, type as? FileAttributeType == .typeSymbolicLink else { return nil }
      do throws(HubError) {
        let exists = try cache.contains(parts[1], in: parts[0])
        return exists
          ? nil : CacheFault(file: file, message: "It leads to a file that is not there.")
      } catch {
        return CacheFault(file: file, message: error.message)
      }
    }
  }
}

extension RepositoryReference {
  /// Reads the name of a folder in the cache; nil for other folders.
  init?(folderName: String) {
    for kind in Kind.allCases where folderName.hasPrefix(kind.rawValue + "s--") {
      let name = folderName.dropFirst(kind.rawValue.count + 3)
      guard
        let reference = try? RepositoryReference(
          String(name.replacing("--", with: "/", maxReplacements: 1)), kind: kind)
      else { return nil }
      self = reference
      return
    }
    return nil
  }
}
