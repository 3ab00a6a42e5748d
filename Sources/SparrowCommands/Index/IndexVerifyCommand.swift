import ArgumentParser
import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval

/// `sparrow index verify`: looks for damage in an index.
struct IndexVerifyCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every file of an index.",
    discussion: """
      Compares all checksums, builds each segment anew from its rows and compares, and looks for \
      documents that are there twice. It takes about as long as writing the index, and changes \
      nothing. The exit code is 1 when something is wrong.

      EXAMPLES:
        sparrow index verify --index docs
      """)

  @OptionGroup var place: IndexFolderOptions
  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    var problems: [any SparrowError] = []
    do throws(RetrievalError) {
      let note = try CollectionNote(of: place.folder)
      problems += note.problems(in: place.folder)
    } catch {
      guard error.category == .invalidData else { throw error }
      problems.append(error)
    }
    let report = try IndexVerifier.verify(at: place.folder, progress: progress.reporter)
    problems += report.problems
    progress.finish()
    if common.json {
      try context.print([
        "sound": .bool(problems.isEmpty),
        "documents": .integer(Int64(report.documentCount)),
        "segments": .integer(Int64(report.segmentCount)),
        "bytes": .integer(Int64(report.byteCount)),
        "problems": .array(problems.map { .string($0.description) }),
      ])
    } else if problems.isEmpty {
      try context.print(
        "\(NumberText.count(report.documentCount, "documents")) in \(NumberText.count(report.segmentCount, "segments")), \(NumberText.bytes(UInt64(report.byteCount))) checked: nothing is wrong"
      )
    }
    guard let first = problems.first else { return }
    for problem in problems.dropFirst() { context.tell(problem.description) }
    throw CommandError(.invalidData, first.message, at: first.location)
  }
}
