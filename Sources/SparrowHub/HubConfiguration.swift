public import Foundation

/// Where the Hub and its cache are, and how it is talked to.
///
/// The default is what the environment says, with the variables and defaults of the official Python
/// library, so that both share one cache and one token.
public struct HubConfiguration: Sendable {
  /// The Hub's address; the default is `https://huggingface.co` (`HF_ENDPOINT`).
  public var endpoint: URL
  /// The folder of downloaded repositories; the default is `~/.cache/huggingface/hub`
  /// (`HF_HUB_CACHE`, or `hub` in `HF_HOME` or in `XDG_CACHE_HOME/huggingface`).
  public var cacheFolder: URL
  /// Who is asking; the default is `HF_TOKEN`, or the file `token` in `HF_HOME` (`HF_TOKEN_PATH`).
  public var token: AccessToken?
  /// Whether the network must not be used; the default is false (`HF_HUB_OFFLINE`).
  public var isOffline: Bool
  /// How many files are transferred at a time; the default is 8.
  public var transferCount = 8
  /// How failed requests are repeated.
  public var retries = RetryPolicy()
  /// How long a connection may be silent; the default is 30 seconds.
  public var timeout: Duration = .seconds(30)

  /// Reads the environment's variables.
  ///
  /// - Parameter environment: the variables, by default those of the process.
  /// - Throws: ``HubError`` when `HF_ENDPOINT` is no address.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(HubError) {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    func folder(_ names: [String], _ fallback: URL) -> URL {
      let path = names.lazy.compactMap { value($0) }.first
      return path.map { Self.folder($0, home: environment["HOME"]) } ?? fallback
    }
    let userHome = environment["HOME"].map { URL(fileURLWithPath: $0, isDirectory: true) }
    let userCache = (userHome ?? FileManager.default.homeDirectoryForCurrentUser)
      .appendingPathComponent(".cache", isDirectory: true)
    let home = folder(
      ["HF_HOME"], folder(["XDG_CACHE_HOME"], userCache).appendingPathComponent("huggingface"))
    cacheFolder = folder(
      ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"], home.appendingPathComponent("hub"))
    let switches = ["1", "ON", "YES", "TRUE"]
    isOffline = switches.contains(
      value("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")?.uppercased() ?? "")
    let address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    guard let endpoint = URL(string: address), endpoint.host != nil,
      ["http", "https"].contains(endpoint.scheme)
    else {
      throw HubError(
        .invalidName,
        "Expected HF_ENDPOINT to be an address such as https://huggingface.co; found '\(address)'.")
    }
    self.endpoint = endpoint
    let tokenFile = folder(["HF_TOKEN_PATH"], home.appendingPathComponent("token"))
    token =
      value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN").flatMap { AccessToken($0) }
      ?? (try? String(contentsOf: tokenFile, encoding: .utf8)).flatMap { AccessToken($0) }
  }

  /// A path of the environment, in which `~` stands for the home folder.
  private static func folder(_ path: String, home: String?) -> URL {
    guard let home, path == "~" || path.hasPrefix("~/") else { return URL(fileURLWithPath: path) }
    return URL(fileURLWithPath: home + path.dropFirst())
  }
}
