public import Foundation
import SparrowHub
import Synchronization

/// A stand-in for the Hugging Face Hub: repositories in memory, served on this machine.
///
/// It answers what downloading and uploading need, with the Hub's own headers and error codes: large
/// files come by redirect from another path, with ranges; uploads go through preupload, Git LFS and a
/// commit. Tests put repositories into it, and faults before its answers.
public final class StandInHub: Sendable {
  /// A repository with one commit.
  public struct Repository: Sendable {
    /// The files by path.
    public var files: [String: Data]
    /// The paths of files that are kept outside of git.
    public var largePaths: Set<String>
    /// The commit.
    public var commit = String(repeating: "a1", count: 20)
    /// Whether only who has the token may see it.
    public var isPrivate = false
    /// Whether conditions have to be accepted.
    public var isGated = false

    /// Makes a repository; safetensors files are large ones.
    public init(_ files: [String: Data]) {
      self.files = files
      largePaths = Set(files.keys.filter { $0.hasSuffix(".safetensors") })
    }

    /// The name of a file's bytes.
    func digest(of path: String) -> String {
      BlobName(of: files[path] ?? Data(), by: largePaths.contains(path) ? .sha256 : .git).digits
    }
  }

  struct Contents: Sendable {
    var repositories: [String: Repository] = [:]
    /// Uploaded large files by digest.
    var uploads: [String: Data] = [:]
    /// The bodies of the commits, by line.
    var commits: [[String]] = []
    var faults: [Fault] = []
    /// Large files from this size on are uploaded in parts of this size.
    var partByteCount = Int.max
    var listPageCount = Int.max
  }

  /// An answer in the place of the right one.
  struct Fault: Sendable {
    var times: Int
    let answer: LoopbackServer.Answer
    let matches: @Sendable (LoopbackServer.Request) -> Bool
  }

  /// The token that may do everything.
  public static let token = "hf_right"

  let contents: StandInContents
  private let server: LoopbackServer

  /// Starts an empty Hub.
  public init() throws {
    let contents = StandInContents()
    self.contents = contents
    server = try LoopbackServer { contents.answer($0) }
    contents.address.withLock { [server] in $0 = server.address }
  }

  /// The address for `HF_ENDPOINT`.
  public var address: String { server.address }
  /// The requests so far.
  public var requests: [LoopbackServer.Request] { server.requests }
  /// The lines of each commit so far.
  public var commits: [[String]] { contents.value.withLock { $0.commits } }

  /// A repository by kind and name: `models/owner/name` or `datasets/owner/name`.
  public subscript(_ name: String) -> Repository? {
    get { contents.value.withLock { $0.repositories[name] } }
    set { contents.value.withLock { $0.repositories[name] = newValue } }
  }

  /// Answers the next requests that match with something else.
  public func addFault(
    _ answer: LoopbackServer.Answer, times: Int = 1,
    when matches: @escaping @Sendable (LoopbackServer.Request) -> Bool
  ) {
    contents.value.withLock {
      $0.faults.append(Fault(times: times, answer: answer, matches: matches))
    }
  }

  /// Answers the next requests for a large file's bytes with something else.
  public func addFault(_ answer: LoopbackServer.Answer, times: Int = 1, forFile path: String) {
    addFault(answer, times: times) { request in
      request.path.first == "cdn"
        && request.path.suffix(path.split(separator: "/").count).joined(separator: "/") == path
    }
  }

  /// Asks for large files in parts of a size.
  public func splitUploads(at byteCount: Int) {
    contents.value.withLock { $0.partByteCount = byteCount }
  }

  /// Lists only so many files at a time.
  public func splitLists(at count: Int) {
    contents.value.withLock { $0.listPageCount = count }
  }
}

/// What a stand-in Hub holds, apart from its server.
final class StandInContents: Sendable {
  let value = Mutex(StandInHub.Contents())
  let address = Mutex("")
}
