import ArgumentParser
import SparrowCore
import SparrowHub

/// `sparrow hub list`: the files of a repository, or what is in the cache.
struct HubListCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the files of a repository, or the repositories in the cache.",
    discussion: """
      EXAMPLES:
        sparrow hub list
        sparrow hub list naver/splade-v3
      """)

  @Argument(
    help: ArgumentHelp(
      "A repository; without one the cache is listed.", valueName: "owner/name[@revision]"))
  var repository: String?

  @Flag(help: "The repository holds a data set.")
  var dataset = false

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    let hub = try NamedFolders(context).hub
    guard let repository else { return try list(hub.cachedRepositories(), context) }
    let reference = try RepositoryReference(repository, kind: dataset ? .dataset : .model)
    try list(hub.files(of: reference), context)
  }

  private func list(_ repositories: [CachedRepository], _ context: CommandContext) throws {
    if common.json {
      try context.print(
        .array(
          repositories.map { repository in
            [
              "name": .string(repository.reference.name),
              "kind": .string(repository.reference.kind.rawValue),
              "bytes": .integer(Int64(repository.byteCount)),
              "commits": .array(repository.commits.map { .string($0) }),
            ]
          }))
      return
    }
    var table = TextTable([
      ("REPOSITORY", .left), ("KIND", .left), ("SIZE", .right), ("REVISIONS", .left),
    ])
    for repository in repositories {
      table.append([
        repository.reference.name, repository.reference.kind.rawValue,
        NumberText.bytes(UInt64(repository.byteCount)),
        repository.revisions.keys.sorted().joined(separator: ", "),
      ])
    }
    for line in table.lines(context.style) { try context.print(line) }
  }

  private func list(_ files: [RemoteFile], _ context: CommandContext) throws {
    if common.json {
      try context.print(
        .array(
          files.map { file in
            [
              "path": .string(file.path), "bytes": .integer(Int64(file.byteCount)),
              "digest": .string(file.digest),
            ]
          }))
      return
    }
    var table = TextTable([("FILE", .left), ("SIZE", .right), ("DIGEST", .left)])
    for file in files {
      table.append([
        file.path, NumberText.bytes(UInt64(file.byteCount)), String(file.digest.prefix(12)),
      ])
    }
    for line in table.lines(context.style) { try context.print(line) }
  }
}
